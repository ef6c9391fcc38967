import { setTimeout as sleep } from 'node:timers/promises'
import type { Amendment } from './cache/amender.ts'
import type { Cache } from './cache/cache.ts'
import { separator } from './cache/values.ts'
import { HearthError } from './errors.ts'
import { id } from './ids.ts'
import { jsonText } from './json-text.ts'
import type { ReadableEvents } from './pending-reader.ts'
import { createBatcher } from './queues/batcher.ts'
import { parsePayload } from './queues/payload.ts'
import type { Pending } from './queues/pending.ts'
import type { Producer } from './queues/producer.ts'
import { within } from './within.ts'
import { type AcceptedEvent, type AppendedEvent, namesOf, newEventsSchema } from './world/new-events.ts'
import { isHidden, type ReadablePending, readablePending, withPending } from './world/with-pending.ts'
import type { TimelineEvent, World } from './world/world.ts'

export interface AppendResult {
  /** How many of the events are new; the others were pending already. */
  accepted: number
  /**
   * `visible`: whoever reads from now on sees them. `deferred`: the cache's Redis is away; they are accepted all the
   * same, reads of this process see them from now on, and everybody's when they are flushed.
   */
  outcome: 'visible' | 'deferred'
  /** In the order of the events: their ids, the made ones too. */
  eventIds: string[]
}

interface AppendsDeps {
  cache: Cache
  pending: Pending<AcceptedEvent>
  readable: ReadableEvents
  producer: Pick<Producer, 'flush'>
  world: Pick<World, 'readable'>
  /** How many events a cached timeline holds. */
  topK: number
  /** How many events of a world may be pending; above half of it appending slows down. */
  pendingMax: number
  /** Hears why a flush could not be enqueued; the sweeper does it then. */
  onTrouble(error: Error): void
}

/** Write-behind: events are accepted durably, seen at once, and written to the truth by the `flush` queue. */
export interface Appends {
  appendEvents(worldId: string, events: readonly AppendedEvent[]): Promise<AppendResult>
  /** Resolves when nothing is under way in the background any more. */
  idle(): Promise<void>
}

/** Within what time the cache has to take an event; else it is `deferred`, and what lacks it is not read there. */
const visibleMs = 250
/** How long a call is held up at most where too much is pending. Milliseconds. */
const longestSlowdownMs = 1_000
/** A world's flush is enqueued again after so long, in case that he died who was to do it. Milliseconds. */
const enqueueAgainMs = 1_000

/** What is accepted, or made visible, in one go: the calls that came while the one before was under way. */
interface Call {
  key: string
  worldId: string
  events: readonly AcceptedEvent[]
}

export function createAppends(deps: AppendsDeps): Appends {
  const { cache, pending, readable, producer, world, topK, pendingMax, onTrouble } = deps
  const background = new Set<Promise<void>>()
  const enqueuedAt = new Map<string, number>()
  let calls = 0

  const accepting = createBatcher({ keyOf, merge, send: accept, largest: mostCalls })
  const showing = createBatcher({ keyOf, merge, send: show, largest: mostCalls })

  async function accept(some: readonly Call[]) {
    const answers = new Map<string, Answer>()
    await Promise.all(
      Array.from(byWorld(some), async ([worldId, group]) => {
        for (const some of inParts(group)) {
          try {
            const found = await pending.accept(
              worldId,
              some.map(({ events }) => events),
            )
            if (found.pending > found.before) flushSoon(worldId, found.before === 0)
            some.forEach(({ key }, i) => {
              answers.set(key, { pending: found.pending, call: found.calls[i] ?? null })
            })
          } catch (error) {
            for (const { key } of some) answers.set(key, { error }) // theirs alone: other worlds' may be accepted
          }
        }
      }),
    )
    return answers
  }

  /** Nobody waits for it: without a job the events are as durable and as visible. */
  function flushSoon(worldId: string, isFirst: boolean): void {
    const now = performance.now()
    if (!isFirst && now - (enqueuedAt.get(worldId) ?? -enqueueAgainMs) < enqueueAgainMs) return
    if (enqueuedAt.size > 10_000) enqueuedAt.clear()
    enqueuedAt.set(worldId, now)
    inBackground(producer.flush([worldId]))
  }

  function inBackground(work: Promise<unknown>): void {
    const done = work.then(() => {}, onTrouble).finally(() => background.delete(done))
    background.add(done)
  }

  async function show(some: readonly Call[]) {
    const outcomes = new Map<string, AppendResult['outcome']>()
    await Promise.all(
      Array.from(byWorld(some), async ([worldId, group]) => {
        const outcome = await showIn(
          worldId,
          group.flatMap(({ events }) => events),
        )
        for (const { key } of group) outcomes.set(key, outcome)
      }),
    )
    return outcomes
  }

  async function showIn(worldId: string, events: readonly AcceptedEvent[]): Promise<AppendResult['outcome']> {
    const amendments = amendmentsOf(worldId, events)
    const shown = events.filter(({ private: isPrivate }) => !isPrivate).map(({ event_id }) => event_id)
    const noteSeen = () => {
      if (shown.length > 0) inBackground(pending.seen(worldId, shown))
    }
    cache.outageCache.drop(amendments.map(({ entry }) => entry.key))
    try {
      await cache.firstConnected()
      if (cache.distrusted.any || !cache.breaker.closed) throw away
      await within(visibleMs, cache.amender.amend(worldId, amendments, topK), () => away)
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      cache.distrusted.add(
        amendments.map(({ entry }) => entry),
        noteSeen,
      )
      return 'deferred'
    }
    noteSeen()
    return 'visible'
  }

  function amendmentsOf(worldId: string, events: readonly AcceptedEvent[]): Amendment<TimelineEvent[]>[] {
    const byEntity = new Map<string, ReadablePending[]>()
    for (const event of events) {
      const shown = readablePending(world, event)
      for (const entityId of namesOf(event)) {
        const some = byEntity.get(entityId)
        if (some) some.push(shown)
        else byEntity.set(entityId, [shown])
      }
    }
    return Array.from(byEntity, ([entityId, added]) => ({
      entry: cache.keys.timeline(worldId, entityId),
      // What is remembered as missing is removed: the entity may have been made since.
      apply: timeline => (timeline === null ? undefined : withPending(timeline, added, topK)),
      front: frontOf(added, topK),
    }))
  }

  return {
    async appendEvents(worldId, given) {
      parsePayload(id, worldId, 'worldId')
      const events = parsePayload(newEventsSchema, given, 'events')
      const key = String(++calls)
      const answer = (await accepting.add([{ key, worldId, events }]))[0]?.get(key) as Answer
      if ('error' in answer) throw answer.error
      if (!answer.call) throw backlogged(worldId, pendingMax)
      const accepted = answer.call.events
      readable.remember(worldId, accepted)
      const outcome = (await showing.add([{ key, worldId, events: accepted }]))[0]?.get(key) ?? 'deferred'
      await slowDown(answer.pending, pendingMax)
      return { accepted: answer.call.fresh, outcome, eventIds: events.map(({ event_id }) => event_id) }
    },

    async idle() {
      await Promise.all([accepting.idle(), showing.idle()])
      await Promise.all(background)
    },
  }
}

/** The newest of the events as they would stand at the front of a timeline. */
function frontOf(added: readonly ReadablePending[], topK: number): NonNullable<Amendment<unknown>['front']> {
  const events = withPending([], added, topK) ?? []
  return {
    events: events.map(event => jsonText(event)).join(separator),
    oldest: events.at(-1)?.timestamp ?? '',
    count: events.length,
    marks: [...events, ...added.filter(isHidden)].map(({ event_id }) => `_id":${JSON.stringify(event_id)}`),
  }
}

type Answer =
  | { pending: number; call: { events: AcceptedEvent[]; fresh: number } | null }
  | { error: unknown }

const mostCalls = 500
/** Few enough that one script keeps Redis busy for some milliseconds at most. */
const mostEvents = 500

/** The calls in parts of so many events, more only where one call has more. */
function inParts(calls: readonly Call[]): Call[][] {
  const parts: Call[][] = []
  let size = mostEvents
  for (const call of calls) {
    if (size + call.events.length > mostEvents) {
      parts.push([])
      size = 0
    }
    parts.at(-1)?.push(call)
    size += call.events.length
  }
  return parts
}

const keyOf = ({ key }: Call): string => key
const merge = (call: Call): Call => call

const away = new HearthError('CacheUnavailable', "the cache's Redis did not answer a moment ago")

function byWorld(calls: readonly Call[]): Map<string, Call[]> {
  const worlds = new Map<string, Call[]>()
  for (const call of calls) {
    const some = worlds.get(call.worldId)
    if (some) some.push(call)
    else worlds.set(call.worldId, [call])
  }
  return worlds
}

function backlogged(worldId: string, pendingMax: number): HearthError {
  return new HearthError(
    'Backlogged',
    `world ${JSON.stringify(worldId)} has so many events that are not yet flushed that these would be more than ` +
      `${pendingMax}: none of them was accepted; append them again later`,
  )
}

/** The more, the fuller it is above the half: so that whoever waits for his answer appends less. */
async function slowDown(pending: number, pendingMax: number): Promise<void> {
  const above = pending / pendingMax - 0.5
  if (above > 0) await sleep(Math.min(1, above * 2) * longestSlowdownMs)
}
