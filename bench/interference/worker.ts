// A worker that warms one world again and again, between the messages `resume` and `pause`, with a worker's loads.

import { lowerPriority } from '../../cli/process-priority.ts'
import { neo4jWorld, startPool, watchJob } from '../../index.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { aroundLoads } from '../../world/around-loads.ts'
import type { Loads } from '../../world/loads.ts'
import type { World } from '../../world/world.ts'
import { chunkSize } from '../warm/hearth.ts'
import type { WarmerSetup } from './beside.ts'

const { cache, queue, fleet, neo4j, worldId, loadLimiter } = JSON.parse(process.argv[2] ?? '') as WarmerSetup
lowerPriority(10) // as `hearth worker` does
let loaded = 0
const running = new Set<Promise<unknown>>()
let resume = () => {}
let going = new Promise<void>(resolve => {
  resume = resolve
})

const place = { address: queue, prefix: fleet }
const hearth = openedHearth({
  cache,
  queue,
  queuePrefix: fleet,
  world: counting(neo4jWorld({ ...neo4j, fleet })),
  loadLimiter,
})
const { loads, ...deps } = hearth.jobDeps({ chunkSize })
await startPool({ ...place, deps: { ...deps, loads: pausable(loads) } })

function counting(world: World): World {
  return aroundLoads(world, async ({ items, run }) => {
    const found = await run(items)
    loaded += items.length
    return found
  })
}

/** Pauses before a load, not in the middle: one that lasts for seconds would say something to the limiter. */
function pausable(loads: Loads): Loads {
  return {
    of: (kind, worldId) => {
      const load = loads.of(kind, worldId)
      return async (entries, options) => {
        await going
        const loading = load(entries, options)
        running.add(loading)
        return loading.finally(() => running.delete(loading))
      }
    },
  }
}

process.on('message', async what => {
  if (what === 'resume') {
    loaded = 0
    resume()
    process.send?.({})
  } else {
    const answer = { loaded, limit: hearth.loadLimiter.limit }
    going = new Promise(resolve => {
      resume = resolve
    })
    await Promise.allSettled(running)
    process.send?.(answer)
  }
})
process.send?.({})
for (;;) await watchJob(place, await hearth.warm(worldId, { force: true }))
