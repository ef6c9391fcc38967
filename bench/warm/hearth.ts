import { startPool } from '../../jobs/pool/pool.ts'
import type { WarmResult } from '../../jobs/warm/payload.ts'
import { watchJob } from '../../queues/watch.ts'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'
import type { Bench } from '../bench.ts'

/** The default of the configuration. */
export const chunkSize = 500

/** A hearth whose reads go to Redis, and workers in this process. */
export interface Warmer {
  hearth: OpenedHearth
  /**
   * Enqueues a cold world and waits for its job. Throws if not all `entries` exist then. Prints a line if a chunk failed
   * and was retried; that time counts, as it would for a game.
   */
  warm(worldId: string, entries: number): Promise<void>
}

export async function openWarmer(
  { closing, say }: Bench,
  { cache, queue, world }: { cache: string; queue: string; world: World },
): Promise<Warmer> {
  const hearth = openedHearth({ cache, queue, world, near: false })
  await closing.opened('hearth', () => hearth.close())
  const place = { address: queue }
  const deps = hearth.jobDeps({ chunkSize })
  const pool = await startPool({ ...place, deps })
  await closing.opened('the workers', () => pool.close(2_000))

  return {
    hearth,
    async warm(worldId, entries) {
      const result = await watchJob<WarmResult, unknown>(place, await hearth.warm(worldId))
      const { filled, alive } = result
      if (filled + alive !== entries) {
        throw new Error(
          `warming left ${entries - filled - alive} of ${entries} entries: ${JSON.stringify(result)}`,
        )
      }
      if (alive > 0) say(`${alive} entries were there already: a chunk was worked on twice`)
    },
  }
}
