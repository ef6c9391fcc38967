import { requireCache } from './connect.ts'
import { print } from './print.ts'
import type { Flags } from './setting-flags.ts'
import { warmReport } from './warm-report.ts'
import { withHearth } from './with-hearth.ts'

/** `hearth inspect`: what of a world is warm. */
export const inspect = (worldId: string, flags: Flags & { json?: true }): Promise<void> =>
  withHearth(flags, {}, async ({ config, hearth, cache }) => {
    await requireCache(hearth, config.redisUrl)
    const report = await cache.inspect(worldId)
    const usualMs = (kind: string) => cache.ttlPolicy.usualMs(cache.keys.kinds.named(kind))
    print(flags.json ? JSON.stringify(report) : warmReport(report, usualMs))
  })
