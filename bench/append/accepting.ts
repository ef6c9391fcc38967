import { Redis } from 'ioredis'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import type { Bench } from '../bench.ts'
import { kinds } from '../kinds.ts'
import { interleaved, p99, ratios } from '../rounds.ts'
import { plainDriver } from '../servers.ts'
import { eventOf, ids, plant, type Servers } from './events.ts'

const worldId = 'bench-append'
const eventsPerEntity = 20
const inFlight = 256
/** A round is 1 s of each contender, in alternating slices. */
const slices = 4
const sliceMs = 250

/** A backend's own transaction: the event, and its relationship to each timeline. */
const transaction = `MATCH (w:World {world_id: $worldId})
MERGE (e:TimelineEvent {world_id: $worldId, event_id: $event.event_id}) SET e += $event
WITH e UNWIND $names AS id
MATCH (t:Timeline {world_id: $worldId, entity_id: id})
MERGE (t)-[:CONTAINS_EVENT]->(e)`

/**
 * Accepted events a second: by `appendEvents`, one event a call, on warm timelines that stay warm; by one Neo4j
 * transaction for each event; and the floor, one durable Redis write for each event. All with the same number in flight.
 */
export async function measureAccepting(bench: Bench, { cache, queue, neo4j }: Servers): Promise<void> {
  const { report, closing, say, sizes } = bench
  const { rounds = 5 } = sizes
  const world = neo4jWorld(neo4j)
  await world.schema()
  say(`a world of ${ids.length} entities with ${eventsPerEntity} events each`)
  await plant(world, worldId, eventsPerEntity)
  const hearth = openedHearth({ cache, queue, queuePrefix: 'bench', world, pendingMax: 10_000_000 })
  await closing.opened('hearth', () => hearth.close())
  const redis = new Redis(queue)
  await closing.opened('the plain Redis', async () => redis.disconnect())
  const driver = plainDriver(neo4j)
  await closing.opened('the driver', () => driver.close())

  await hearth.cache.firstConnected() // a read before that would store nothing
  await hearth.timelines(worldId, ids)
  let next = 0
  let deferred = 0
  const p99s: Record<string, number[]> = { append: [], transaction: [], raw: [] }
  const contender = (name: string, act: (n: number) => Promise<unknown>) => async () => {
    const took: number[] = []
    const started = performance.now()
    const lane = async () => {
      while (performance.now() - started < sliceMs) {
        const begun = performance.now()
        await act(next++)
        took.push(performance.now() - begun)
      }
    }
    await Promise.all(Array.from({ length: inFlight }, lane))
    const seconds = (performance.now() - started) / 1_000
    p99s[name]?.push(p99(took))
    return took.length / seconds
  }
  const found = await interleaved({
    rounds,
    slices,
    contenders: {
      append: contender('append', async n => {
        const { outcome } = await hearth.appendEvents(worldId, [eventOf(n)])
        if (outcome === 'deferred') deferred += 1
      }),
      transaction: contender('transaction', async n => {
        const event = eventOf(n)
        const { participants, location_id, metadata } = event
        const stored = { ...event, event_id: `tx${n}`, metadata: JSON.stringify(metadata) }
        const session = driver.session()
        await session.executeWrite(tx =>
          tx.run(transaction, { worldId, event: stored, names: [...participants, location_id] }),
        )
        await session.close()
      }),
      raw: contender('raw', n => redis.hset('bench-raw', `e${n}`, JSON.stringify(eventOf(n)))),
    },
  })
  const living = await hearth.cache.redis.exists(
    ...ids.map(id => hearth.cache.keys.entry(kinds.timeline, worldId, id).key),
  )
  if (living < ids.length) throw new Error(`only ${living} of ${ids.length} timelines stayed warm`)
  report.setting({
    inFlight,
    'entities named by an event': 2,
    'timelines, warm to the end': ids.length,
    deferred,
    rounds,
  })
  report.measured({ what: 'hearth.appendEvents', unit: 'events/s', rounds: found.append })
  report.measured({ what: 'one transaction an event', unit: 'events/s', rounds: found.transaction })
  report.measured({ what: 'one HSET an event', unit: 'events/s', rounds: found.raw })
  for (const [name, values] of Object.entries(p99s))
    report.measured({ what: `${name}, p99 of each slice`, unit: 'ms', rounds: values.slice(slices) })
  report.target({
    figure: 'append/transaction',
    rounds: ratios(found.append, found.transaction),
    goal: '>= 10',
  })
  report.target({ figure: 'append/raw', rounds: ratios(found.append, found.raw), goal: '>= 0.25' })
}
