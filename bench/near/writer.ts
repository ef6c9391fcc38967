// A process with workers that warms the world, and then changes some of its entries every second.

import { startPool } from '../../jobs/pool/pool.ts'
import { watchJob } from '../../queues/watch.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { generatedWorld, type WriterSetup, worldId } from './world.ts'

const { cache, queue, entities, changesPerSecond } = JSON.parse(process.argv[2] ?? '') as WriterSetup
const world = await generatedWorld(entities)
const hearth = openedHearth({ cache, queue, world, near: false })
await startPool({ address: queue, deps: hearth.jobDeps() })
await watchJob({ address: queue }, await hearth.warm(worldId))

const ids = (await world.members(worldId, { limit: entities })).map(({ id }) => id)
let changed = 0
setInterval(() => {
  const entityIds = [ids[(changed++ * 7) % ids.length] ?? '']
  void hearth.changed(worldId, [{ kind: 'event-added', entityIds }])
}, 1_000 / changesPerSecond)
process.send?.('warm')
