import { readConfig } from '../config.ts'
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
    const report = await hearth.cache.inspect(worldId)
    print(flags.json ? JSON.stringify(report) : warmReport(report, config))
  } finally {
    await hearth.close()
  }
}
