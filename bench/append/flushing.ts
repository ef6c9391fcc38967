import { flushWorldJob } from '../../jobs/flush/payload.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import type { Bench } from '../bench.ts'
import { interleaved, ratios } from '../rounds.ts'
import { plainDriver } from '../servers.ts'
import { eventOf, plant, type Servers } from './events.ts'

const worldId = 'bench-flush'
const batch = 500
const batches = 6
const eventsARound = batch * batches

/** What an expert would write for this schema: by `event_id`, onto existing timelines, in the indexed graph. */
const unwind = `MATCH (w:World {world_id: $worldId})
UNWIND $events AS event
MERGE (e:TimelineEvent {world_id: $worldId, event_id: event.props.event_id})
ON CREATE SET e += event.props, e.created_at = $now
WITH e, event UNWIND event.names AS id
MATCH (t:Timeline {world_id: $worldId, entity_id: id})
MERGE (t)-[r:CONTAINS_EVENT]->(e)
SET r.world_id = $worldId, r.entity_id = id, r.at = event.at, r.event_id = event.props.event_id
MERGE (e)-[:INDEXED_ON]->(t)`

/**
 * Flushed events a second, from the start of the first batch to the end of the last, against raw batches of that size.
 */
export async function measureFlushing(bench: Bench, { cache, queue, neo4j }: Servers): Promise<void> {
  const { report, closing, say, sizes } = bench
  const { rounds = 5 } = sizes
  say(`${eventsARound} events a round, flushed in batches of ${batch}`)
  const world = neo4jWorld(neo4j)
  await plant(world, worldId, 1)
  const hearth = openedHearth({ cache, queue, queuePrefix: 'bench-flush', world })
  await closing.opened('hearth', () => hearth.close())
  const driver = plainDriver(neo4j)
  await closing.opened('the driver', () => driver.close())
  const session = driver.session()
  await closing.opened('the session', () => session.close())

  let left = 0
  let finish = () => {}
  const pool = await startPool({
    address: queue,
    prefix: 'bench-flush',
    deps: hearth.jobDeps(),
    onFlushed({ flushed }) {
      left -= flushed
      if (left <= 0) finish()
    },
  })
  await closing.opened('the workers', () => pool.close(1_000))
  const flushes = hearth.producer.queues.find(queue => queue.name === flushWorldJob.queue)
  if (!flushes) throw new Error('there is no queue of flushes')

  let planted = 0
  const take = () => Array.from({ length: eventsARound }, () => eventOf(planted++))
  const found = await interleaved({
    rounds,
    contenders: {
      async flush() {
        await flushes.pause() // until all of them are pending
        const events = take()
        for (let from = 0; from < events.length; from += batch)
          await hearth.appendEvents(worldId, events.slice(from, from + batch))
        await hearth.settled()
        left = eventsARound
        const done = new Promise<void>(resolve => {
          finish = resolve
        })
        await flushes.promoteJobs()
        const started = performance.now()
        await flushes.resume()
        await done
        return (eventsARound / (performance.now() - started)) * 1_000
      },
      async unwind() {
        const events = take().map(({ metadata, ...event }) => ({
          props: { ...event, event_id: `raw-${event.event_id}`, metadata: JSON.stringify(metadata) },
          names: [...event.participants, event.location_id],
          at: Date.parse(event.timestamp) * 1_000,
        }))
        const now = new Date().toISOString()
        const started = performance.now()
        for (let from = 0; from < events.length; from += batch) {
          const some = events.slice(from, from + batch)
          await session.executeWrite(tx => tx.run(unwind, { worldId, events: some, now }))
        }
        return (eventsARound / (performance.now() - started)) * 1_000
      },
    },
  })
  report.setting({ batch, 'events a round': eventsARound, rounds })
  report.measured({ what: 'the flush queue', unit: 'events/s', rounds: found.flush })
  report.measured({ what: 'raw UNWIND batches', unit: 'events/s', rounds: found.unwind })
  report.target({ figure: 'flush/unwind', rounds: ratios(found.flush, found.unwind), goal: '>= 0.95' })
}
