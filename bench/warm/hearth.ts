import { createHearth, defaultTopK, type Hearth } from '../../hearth.ts'
import { startPool } from '../../jobs/pool.ts'
import type { WarmResult } from '../../queues/warm.ts'
import { watchJob } from '../../queues/watch.ts'
import { createLoads } from '../../world/loads.ts'
import type { World } from '../../world/world.ts'
import type { Bench } from '../bench.ts'

/** As the configuration has it by default. */
export const chunkSize = 500

/** A hearth, and the workers that a worker's process has, in this one. */
export interface Warmer {
  hearth: Hearth
  /** Enqueues the world and waits for its job. Throws if that did not fill `entries` entries. */
  warm(worldId: string, entries: number): Promise<void>
}

export async function openWarmer(
  { closing }: Bench,
  { cache, queue, world }: { cache: string; queue: string; world: World },
): Promise<Warmer> {
  const hearth = createHearth({ cache, queue, world })
  await closing.opened('hearth', () => hearth.close())
  const place = { address: queue }
  const deps = { cache: hearth.cache, world, loads: createLoads({ world, topK: defaultTopK }), chunkSize }
  const pool = await startPool({ ...place, deps })
  await closing.opened('the workers', () => pool.close(2_000))

  return {
    hearth,
    async warm(worldId, entries) {
      const result = await watchJob<WarmResult, unknown>(place, await hearth.warm(worldId))
      if (result.filled !== entries) {
        throw new Error(`warming filled ${result.filled} entries, not ${entries}: ${JSON.stringify(result)}`)
      }
    },
  }
}
