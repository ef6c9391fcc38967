import { setTimeout as sleep } from 'node:timers/promises'
import type { Amendment } from '../cache/amend.ts'
import type { Cache } from '../cache/cache.ts'
import type { Entry } from '../cache/keys.ts'
import { separator } from '../cache/values.ts'
import { flushWorldJob } from '../jobs/flush/payload.ts'
import { HearthError } from '../model/errors.ts'
import type { TimelineEvent } from '../model/event.ts'
import { jsonText } from '../model/json-text.ts'
import { timeline } from '../model/kinds/timeline.ts'
import { type AcceptedEvent, type AppendedEvent, namesOf, newEventsSchema } from '../model/new-events.ts'
import { parsePayload } from '../model/parse.ts'
import { isHidden, type ReadablePending, readablePending, withPending } from '../model/with-pending.ts'
import type { Accepted, Pending, Refused } from '../queues/pending.ts'
import type { Producer } from '../queues/producer.ts'
import { createBatcher } from '../resilience/batcher.ts'
import { within } from '../resilience/within.ts'
import type { World } from '../world/world.ts'
import { type AppendCost, appendLimits, costOf } from './append-cost.ts'
import type { ReadableEvents } from './pending-reader.ts'

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
  producer: Pick<Producer, 'addAll'>
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

/**
 * Within what time the cache has to take events, some timelines at a time; else they are `deferred`, and what lacks them
 * is not read there.
 */
const visibleMs = 250
const timelinesAtOnce = 500
/** Text that is put into cached timelines in one go, and for one round of calls; the other timelines are invalidated. */
const bytesAtOnce = 1_000_000
const mostShownBytes = 16_000_000
/** What calls of this process may hold in memory while they are under way; those beyond are refused. Bytes. */
const mostUnderWay = 64_000_000
/** How long a call is held up at most where too much is pending. Milliseconds. */
const longestSlowdownMs = 1_000
/** A world's flush is enqueued again after so long, in case that he died who was to do it. Milliseconds. */
const enqueueAgainMs = 1_000

/** What is accepted, or made visible, in one go: the calls that came while the one before was under way. */
interface Call {
  key: string
  worldId: string
  events: readonly AcceptedEvent[]
  cost: AppendCost
}

export function createAppends(deps: AppendsDeps): Appends {
  const { cache, pending, readable, producer, world, topK, pendingMax, onTrouble } = deps
  const background = new Set<Promise<void>>()
  const enqueuedAt = new Map<string, number>()
  let calls = 0
  let bytesUnderWay = 0

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
              answers.set(key, { pending: found.pending, call: found.calls[i] ?? 'too-many' })
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
    inBackground(producer.addAll(flushWorldJob, [{ payload: { worldId } }]))
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
    const timelines = timelinesOf(worldId, events)
    const entries = timelines.map(({ entry }) => entry)
    const shown = events.filter(({ private: isPrivate }) => !isPrivate).map(({ event_id }) => event_id)
    const noteSeen = () => {
      if (shown.length > 0) inBackground(pending.seen(worldId, shown))
    }
    cache.localCache.drop(entries.map(({ key }) => key))
    try {
      await cache.firstConnected()
      if (cache.quarantine.any || !cache.breaker.closed) throw away
      await amend(worldId, timelines)
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'CacheUnavailable')) throw error
      cache.quarantine.add(entries, noteSeen)
      return 'deferred'
    }
    noteSeen()
    return 'visible'
  }

  /** The texts are made and sent some at a time; where they would be too much, those timelines are loaded anew. */
  async function amend(worldId: string, timelines: readonly Timeline[]): Promise<void> {
    const soon = (work: Promise<unknown>) => within(visibleMs, work, () => away)
    const texts = new WeakMap<ReadablePending, string>()
    let left = mostShownBytes
    for (let from = 0; from < timelines.length; ) {
      const amendments: Amendment<TimelineEvent[]>[] = []
      const stale: Entry[] = []
      for (let bytes = 0; from < timelines.length && bytes < bytesAtOnce; from++) {
        if (amendments.length + stale.length === timelinesAtOnce) break
        const { entry, added } = timelines[from] as Timeline
        const front = frontOf(added, topK, texts)
        bytes += front.events.length
        left -= front.events.length
        if (left < 0) stale.push(entry)
        // What is remembered as missing is removed: the entity may have been made since.
        else {
          const apply: Amendment<TimelineEvent[]>['apply'] = timeline =>
            timeline === null ? undefined : withPending(timeline, added, topK)
          amendments.push({ entry, apply, front })
        }
      }
      if (amendments.length > 0) await soon(cache.amend(worldId, amendments, topK))
      if (stale.length > 0) await soon(cache.leases.invalidate(worldId, stale))
    }
  }

  /** The cached timelines that the events stand on, with what is added to each. */
  function timelinesOf(worldId: string, events: readonly AcceptedEvent[]): Timeline[] {
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
      entry: cache.keys.entryOf(worldId, { kind: timeline.name, id: entityId }),
      added,
    }))
  }

  return {
    async appendEvents(worldId, given) {
      const events = parsePayload(newEventsSchema, given, 'events')
      const cost = costOf(events)
      if (bytesUnderWay > 0 && bytesUnderWay + cost.bytes > mostUnderWay) throw tooMuchUnderWay()
      bytesUnderWay += cost.bytes
      try {
        const key = String(++calls)
        const answer = (await accepting.add([{ key, worldId, events, cost }]))[0]?.get(key) as Answer
        if ('error' in answer) throw answer.error
        if (typeof answer.call === 'string') throw refusal(answer.call, worldId, pendingMax)
        const { events: accepted, fresh } = answer.call
        readable.remember(worldId, accepted)
        const shown = await showing.add([{ key, worldId, events: accepted, cost }])
        await slowDown(answer.pending, pendingMax)
        const eventIds = events.map(({ event_id }) => event_id)
        return { accepted: fresh, outcome: shown[0]?.get(key) ?? 'deferred', eventIds }
      } finally {
        bytesUnderWay -= cost.bytes
      }
    },

    async idle() {
      await Promise.all([accepting.idle(), showing.idle()])
      await Promise.all(background)
    },
  }
}

/** A cached timeline, and the readable events that are added to it. */
interface Timeline {
  entry: Entry
  added: readonly ReadablePending[]
}

/**
 * The newest of the events as they would stand at the front of a timeline. `texts` is filled: an event that stands on a
 * thousand timelines is made text once.
 */
function frontOf(
  added: readonly ReadablePending[],
  topK: number,
  texts: WeakMap<ReadablePending, string>,
): NonNullable<Amendment<unknown>['front']> {
  const events = withPending([], added, topK) ?? []
  const sources = new Map(added.map(event => [event.event_id, event]))
  const textOf = (event: TimelineEvent): string => {
    const source = sources.size === added.length ? sources.get(event.event_id) : undefined // else it is made of several
    const text = (source && texts.get(source)) ?? jsonText(event)
    if (source) texts.set(source, text)
    return text
  }
  return {
    events: events.map(textOf).join(separator),
    oldest: events.at(-1)?.timestamp ?? '',
    count: events.length,
    marks: [...events, ...added.filter(isHidden)].map(({ event_id }) => `_id":${JSON.stringify(event_id)}`),
  }
}

type Answer = { pending: number; call: Accepted<AcceptedEvent>['calls'][number] } | { error: unknown }

const mostCalls = 500
/** Few enough that one script keeps Redis busy for some milliseconds at most. */
const mostEvents = 500

/** The calls in parts that one script takes, larger only where one call is. */
function inParts(calls: readonly Call[]): Call[][] {
  const parts: Call[][] = []
  let sum = { events: mostEvents, bytes: 0, places: 0 }
  for (const call of calls) {
    sum = {
      events: sum.events + call.events.length,
      bytes: sum.bytes + call.cost.bytes,
      places: sum.places + call.cost.places,
    }
    if (sum.events > mostEvents || sum.bytes > appendLimits.bytes || sum.places > appendLimits.places) {
      parts.push([])
      sum = { events: call.events.length, ...call.cost }
    }
    parts.at(-1)?.push(call)
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

function refusal(why: Refused, worldId: string, pendingMax: number): HearthError {
  const reason =
    why === 'full'
      ? "the queues' Redis has no room to spare: what it still has is for writing to the source what was accepted before"
      : `world ${JSON.stringify(worldId)} has so many events that are not yet flushed that these would be more than ${pendingMax}`
  return new HearthError('Backlogged', `${reason}; none of them was accepted; append them again later`)
}

const tooMuchUnderWay = (): HearthError =>
  new HearthError(
    'Backlogged',
    `appends of more than ${mostUnderWay} bytes are under way in this process; none of these events was accepted; append them again later`,
  )

/** The more, the fuller it is above the half: so that whoever waits for his answer appends less. */
async function slowDown(pending: number, pendingMax: number): Promise<void> {
  const above = pending / pendingMax - 0.5
  if (above > 0) await sleep(Math.min(1, above * 2) * longestSlowdownMs)
}
