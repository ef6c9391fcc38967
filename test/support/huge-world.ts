// Warms and audits a world with the given number of entities, which are generated on load, and reports the result.

import { startPool } from '../../jobs/pool/pool.ts'
import { watchJob } from '../../queues/watch.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import type { World } from '../../world/world.ts'

const [url = '', worldId = '', count = '0'] = process.argv.slice(2)
const idOf = (index: number) => `c${String(index).padStart(7, '0')}`
const event = (id: string) => ({
  event_id: `e-${id}`,
  event_type: 'rest',
  title: 'A rest',
  description: 'x'.repeat(200),
  timestamp: '2026-01-01T00:00:00',
  participants: [id],
  location_id: null,
  consequences: [],
  emotional_impact: null,
  significance_level: null,
  tags: [],
  metadata: {},
})

const truth = embeddedWorld()
await truth.saveSnapshot(worldId, {})
const world: World = {
  ...truth,
  members: async (_, { after, limit }) => {
    const from = after ? Number(after.id.slice(1)) + 1 : 0
    const length = Math.max(0, Math.min(limit, Number(count) - from))
    return Array.from({ length }, (_, i) => ({ type: 'character', id: idOf(from + i), active: true }))
  },
  entities: async (_, refs) => refs.map(({ id, type }) => ({ id, type, name: id })),
  timelines: async (_, ids) => ids.map(id => [event(id)]),
}

const place = { address: url, prefix: worldId }
const hearth = openedHearth({ cache: url, queuePrefix: worldId, world })
const pool = await startPool({ ...place, deps: hearth.jobDeps() })
const result = await watchJob(place, await hearth.warm(worldId))
const audited = await watchJob(place, await hearth.audit(worldId, { all: true }))
await pool.close(1_000)
await hearth.close()
process.send?.({ result, audited, heapMb: process.memoryUsage().heapUsed / 2 ** 20 })
process.disconnect()
