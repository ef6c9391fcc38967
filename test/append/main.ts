// npm run test:append -- [--seconds 20]: Neo4j killed for that time under load, on separate servers.

import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startRedis } from '../../cli/servers/redis.ts'
import { neo4jWorld, startPool } from '../../index.ts'
import { namesOf } from '../../model/new-events.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { startNeo4j } from '../../tools/servers/neo4j.ts'
import { entityIds, eventOf, plantEntities } from '../support/append-world.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' } } })
const say = (line: string) => console.log(line)
const worldId = 'append'
const redis = await startRedis({ isolated: true, say })
const neo4j = await startNeo4j({ isolated: true, say })
try {
  if (!neo4j.process) throw new Error('Neo4j is no child of ours here, so it cannot be killed')
  const world = neo4jWorld(neo4j)
  await world.schema()
  await plantEntities(world, worldId)
  const hearth = openedHearth({ cache: redis.url, queuePrefix: worldId, world })
  const pool = await startPool({ address: redis.url, prefix: worldId, deps: hearth.jobDeps() })
  await hearth.timelines(worldId, entityIds)

  let running = true
  let unseen = 0
  let slowestMs = 0
  const accepted: number[] = []
  const load = (async () => {
    for (let next = 0; running; next++) {
      const started = performance.now()
      await hearth.appendEvents(worldId, [eventOf(next)])
      slowestMs = Math.max(slowestMs, performance.now() - started)
      accepted.push(next)
      for (const id of namesOf(eventOf(next))) {
        const timeline = await hearth.timeline(worldId, id)
        const isNew = timeline.length < 50 || eventOf(next).timestamp > (timeline.at(-1)?.timestamp ?? '')
        if (isNew && !timeline.some(({ event_id }) => event_id === `e${next}`)) unseen++
      }
      await sleep(5)
    }
  })()
  await sleep(2_000)
  await neo4j.process.kill('SIGKILL')
  say(`Neo4j is killed; ${accepted.length} events so far`)
  await sleep(Number(values.seconds) * 1_000)
  const during = accepted.length
  await neo4j.process.restart()
  say(`Neo4j is back; ${during} events so far`)
  await sleep(2_000)
  running = false
  await load

  const since = performance.now()
  while ((await hearth.pending.first(worldId, 1)).pending > 0) await sleep(100)
  const flushedMs = Math.round(performance.now() - since)
  const truth = await world.timelines(worldId, entityIds, 1_000_000)
  const read = await hearth.timelines(worldId, entityIds)
  let wrong = 0
  entityIds.forEach((id, i) => {
    const wanted = accepted.filter(n => namesOf(eventOf(n)).includes(id)).map(n => `e${n}`)
    const found = (truth[i] ?? []).map(({ event_id }) => event_id)
    if (JSON.stringify(wanted.toSorted()) !== JSON.stringify(found.toSorted())) wrong++
    if (JSON.stringify(read.get(id)?.map(e => e.event_id)) !== JSON.stringify(found.slice(0, 50))) wrong++
  })
  console.table([{ accepted: accepted.length, unseen, wrong, slowestMs: Math.round(slowestMs), flushedMs }])
  process.exitCode = unseen === 0 && wrong === 0 ? 0 : 1
  await pool.close(2_000)
  await hearth.close()
} finally {
  await Promise.all([redis.stop(), neo4j.stop()])
}
