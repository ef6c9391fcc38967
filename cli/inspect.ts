import { readConfig } from '../config/read.ts'
import { partsOf } from '../hearth/hearth.ts'
import { openHearth, requireCache } from './connect.ts'
import { noWorld } from './no-world.ts'
import { print } from './print.ts'
import type { Flags } from './setting-flags.ts'
import { warmReport } from './warm-report.ts'

/** `hearth inspect`: what of a world is warm. */
export async function inspect(worldId: string, flags: Flags & { json?: true }): Promise<void> {
  const config = readConfig({ flags, needs: ['redisUrl'] })
  const hearth = openHearth({ config, world: noWorld() })
  try {
    await requireCache(hearth, config.redisUrl)
    const { cache } = partsOf(hearth)
    const report = await cache.inspect(worldId)
    const usualMs = (kind: string) => cache.ttlPolicy.usualMs(cache.keys.kinds.named(kind))
    print(flags.json ? JSON.stringify(report) : warmReport(report, usualMs))
  } finally {
    await hearth.close()
  }
}
