// A worker that warms one world again and again, between the messages `resume` and `pause`, with a worker's loads.

import { lowerPriority } from '../../cli/process-priority.ts'
import { neo4jWorld, startPool, watchJob } from '../../index.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'
import { chunkSize } from '../warm/hearth.ts'
import type { WarmerSetup } from './beside.ts'

const { cache, queue, neo4j, worldId, loadLimiter } = JSON.parse(process.argv[2] ?? '') as WarmerSetup
lowerPriority(10) // as `hearth worker` does
let loaded = 0
let resume = () => {}
let going = new Promise<void>(resolve => {
  resume = resolve
})

const hearth = openedHearth({ cache, queue, world: pausable(neo4jWorld(neo4j)), loadLimiter })
await startPool({ address: queue, deps: hearth.jobDeps({ chunkSize }) })

function pausable(world: World): World {
  const own: Partial<World> = {
    async entities(id, refs) {
      await going
      loaded += refs.length
      return world.entities(id, refs)
    },
    async timelines(id, ids, limit) {
      await going
      loaded += ids.length
      return world.timelines(id, ids, limit)
    },
  }
  return Object.assign(Object.create(world), own)
}

process.on('message', what => {
  if (what === 'resume') {
    loaded = 0
    resume()
    process.send?.({})
  } else {
    going = new Promise(resolve => {
      resume = resolve
    })
    process.send?.({ loaded, limit: hearth.loadLimiter.limit })
  }
})
process.send?.({})
for (;;) await watchJob({ address: queue }, await hearth.warm(worldId, { force: true }))
