import type { Cache } from '../cache/cache.ts'
import { timeline } from '../model/built-in-kinds.ts'
import { HearthError } from '../model/errors.ts'
import { groupBy } from '../model/group-by.ts'
import { type AcceptedEvent, namesOf } from '../model/new-events.ts'
import { readablePending } from '../model/with-pending.ts'
import type { Pending } from '../queues/pending.ts'
import type { Background } from '../resilience/background.ts'
import { within } from '../resilience/within.ts'
import type { World } from '../world/world.ts'
import { createCallBatches } from './call-batches.ts'
import { type ChangedTimeline, inRounds } from './timeline-rounds.ts'

/** See `AppendResult.outcome`. */
export type Visibility = 'visible' | 'deferred'

interface Call {
  worldId: string
  events: readonly AcceptedEvent[]
}

/** Puts accepted events into cached timelines. */
export interface Showing {
  show(call: Call): Promise<Visibility>
  idle(): Promise<void>
}

export interface ShowingDeps {
  cache: Pick<Cache, 'keys' | 'memory' | 'firstConnected' | 'quarantine' | 'cacheState' | 'amend' | 'leases'>
  pending: Pick<Pending, 'seen'>
  world: Pick<World, 'readable'>
  /** How many events a cached timeline holds. */
  topK: number
  background: Background
}

/** Within this time the cache has to take a round; else events are `deferred`, and what lacks them is not read there. */
const visibleMs = 250

const away = new HearthError('CacheUnavailable', "the cache's Redis did not answer a moment ago")

export function createShowing({ cache, pending, world, topK, background }: ShowingDeps): Showing {
  const batches = createCallBatches<Call, Visibility>(async (worldId, calls) => {
    const events = calls.flatMap(call => call.events)
    const outcome = await showIn(worldId, events)
    return calls.map(() => outcome)
  })

  async function showIn(worldId: string, events: readonly AcceptedEvent[]): Promise<Visibility> {
    const timelines = timelinesOf(worldId, events)
    const entries = timelines.map(({ entry }) => entry)
    const shown = events.filter(({ private: isPrivate }) => !isPrivate).map(({ event_id }) => event_id)
    const noteSeen = () => {
      if (shown.length > 0) background.run(pending.seen(worldId, shown))
    }
    cache.memory.drop(entries) // before anything is asked: this process reads its own appends
    try {
      await cache.firstConnected()
      const isAsked = cache.cacheState.breakerOf(cache.keys.version(worldId)).closed
      if (cache.quarantine.anyOf(worldId) || !isAsked) throw away
      await amend(worldId, timelines)
      cache.memory.drop(entries) // what was read while it ran may be older
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      cache.quarantine.add(entries, noteSeen)
      return 'deferred'
    }
    noteSeen()
    return 'visible'
  }

  async function amend(worldId: string, timelines: readonly ChangedTimeline[]): Promise<void> {
    const soon = (work: Promise<unknown>) => within(visibleMs, work, () => away)
    for (const { amendments, stale } of inRounds(timelines, topK)) {
      if (amendments.length > 0) await soon(cache.amend(worldId, amendments, topK))
      if (stale.length > 0) await soon(cache.leases.invalidate(worldId, stale))
    }
  }

  /** The cached timelines that the events stand on, with what is added to each. */
  function timelinesOf(worldId: string, events: readonly AcceptedEvent[]): ChangedTimeline[] {
    const places = events.flatMap(event => {
      const added = readablePending(world, event)
      return namesOf(event).map(entityId => ({ entityId, added }))
    })
    return Array.from(
      groupBy(places, ({ entityId }) => entityId),
      ([id, group]) => ({
        entry: cache.keys.entryOf(worldId, { kind: timeline.name, id }),
        added: group.map(({ added }) => added),
      }),
    )
  }

  return { show: batches.ask, idle: batches.idle }
}
