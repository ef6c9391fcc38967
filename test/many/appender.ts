// A game of `npm run test:many` that appends events, each until it is acknowledged, and in the end looks for all of them in
// Neo4j.
import { setTimeout as sleep } from 'node:timers/promises'
import { HearthError, neo4jWorld } from '../../index.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { createActing } from './acting.ts'
import type { AppenderSetup } from './messages.ts'

const setup = JSON.parse(process.argv[2] ?? '{}') as AppenderSetup
const { worlds, entityIds, index } = setup

const world = neo4jWorld(setup.neo4jAuth)
const { cache, queue, queuePrefix } = setup
const hearth = openedHearth({ cache, queue, queuePrefix, world })

const acting = createActing({
  freshStatus: () => ({ acknowledged: 0, repeated: 0, failed: [] as string[], lost: 0 }),
  act,
  compare,
})
/** Ids of events, by world. */
let acknowledged = new Map<string, string[]>()
let next = 0

const callers = 25
const repeatMs = 50
/** So that a fault that takes long is not met with a million events. */
const pauseMs = 40

/** A call that is refused is not known to be accepted, and is repeated with the same id. */
async function append(): Promise<void> {
  const n = next++
  const worldId = worlds[n % worlds.length] as string
  const timestamp = new Date(n * 1_000).toISOString()
  const participants = [entityIds[n % entityIds.length] as string]
  const event = { event_id: `${n}-${index}`, timestamp, title: '', participants }
  for (;;) {
    try {
      await hearth.appendEvents(worldId, [event])
      acknowledged.get(worldId)?.push(event.event_id)
      acting.status.acknowledged += 1
      return
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'QueueUnavailable')) throw error
      acting.status.repeated += 1
      await sleep(repeatMs)
    }
  }
}

async function appendOn(): Promise<void> {
  while (acting.running) {
    await append().catch(error => acting.status.failed.push(String(error)))
    await sleep(pauseMs)
  }
}

function act(): Promise<unknown> {
  acknowledged = new Map(worlds.map(id => [id, []]))
  return Promise.all(Array.from({ length: callers }, appendOn))
}

/** A full rate's events take a while. */
const settleTries = 6_000

/** Nothing is pending any more, and each acknowledged event is on its timeline in Neo4j. */
async function compare(): Promise<void> {
  const isFlushed = () =>
    hearth.pending.worlds().then(
      pending => pending.length === 0,
      () => false,
    )
  let left = settleTries
  while (left > 0 && !(await isFlushed())) {
    left -= 1
    await sleep(100)
  }
  if (left === 0) acting.status.failed.push('events are still pending after ten minutes')
  for (const [worldId, ids] of acknowledged) {
    const timelines = await world.timelines(worldId, [...entityIds], 1_000_000)
    const there = new Set(timelines.flatMap(events => events ?? []).map(event => event.event_id))
    acting.status.lost += ids.filter(id => !there.has(id)).length
  }
}

acting.begin()
