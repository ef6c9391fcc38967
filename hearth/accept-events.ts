import { LRUCache } from 'lru-cache'
import { flushWorldJob } from '../jobs/flush/payload.ts'
import { type AcceptedEvent, namesOf } from '../model/new-events.ts'
import { meansPrivate } from '../model/privacy.ts'
import type { Pending } from '../queues/pending.ts'
import type { Accepted } from '../queues/pending-accept.ts'
import type { Producer } from '../queues/producer.ts'
import type { Background } from '../resilience/background.ts'
import { type AppendCost, appendLimits } from './append-cost.ts'
import { refusal } from './backlog.ts'
import { createCallBatches } from './call-batches.ts'

/** The events of one call of `appendEvents`. */
interface Call {
  worldId: string
  events: readonly AcceptedEvent[]
  cost: AppendCost
}

interface AcceptingDeps {
  pending: Pick<Pending, 'accept'>
  producer: Pick<Producer, 'addAll'>
  background: Background
  pendingMax: number
}

/** A world's flush is enqueued again after this time, in case the process that should have done it died. Milliseconds. */
const enqueueAgainMs = 1_000

/**
 * After how long an enqueuing that failed is repeated, so that a connection which is being made anew does not leave the
 * events to the sweeper. Milliseconds.
 */
const repeatedAfterMs = [250, 1_000, 3_000]

type Answer = { pending: number; call: Accepted['calls'][number] } | { error: unknown }

/** Makes events durable. */
export function createAccepting({ pending, producer, background, pendingMax }: AcceptingDeps) {
  const repeats = new Map<string, NodeJS.Timeout>()
  let awaited = 0 // how many callers wait until nothing is under way, not for timers
  const enqueued = new LRUCache<string, true>({ max: 1_000, ttl: enqueueAgainMs })
  const batches = createCallBatches<Call, Answer>(async (worldId, calls) => {
    const answers: Answer[] = []
    for (const part of inParts(calls)) answers.push(...(await acceptPart(worldId, part)))
    return answers
  })

  /** Has a world's events flushed; `isFirst` where none was pending before. No caller waits: without a job they are as durable. */
  function flushSoon(worldId: string, isFirst: boolean): void {
    if (!isFirst && enqueued.has(worldId)) return
    enqueued.set(worldId, true)
    enqueueFlush(worldId, repeatedAfterMs)
  }

  function enqueueFlush(worldId: string, [pauseMs, ...later]: readonly number[]): void {
    const enqueuing = producer.addAll(flushWorldJob, [{ payload: { worldId } }]).catch(error => {
      if (pauseMs === undefined || awaited > 0) throw error
      clearTimeout(repeats.get(worldId))
      const repeat = () => {
        repeats.delete(worldId)
        enqueueFlush(worldId, later)
      }
      repeats.set(worldId, setTimeout(repeat, pauseMs).unref())
    })
    background.run(enqueuing)
  }

  /** For the last time. */
  function repeatNow(): void {
    for (const [worldId, timer] of repeats) {
      clearTimeout(timer)
      enqueueFlush(worldId, [])
    }
    repeats.clear()
  }

  async function acceptPart(worldId: string, calls: readonly Call[]): Promise<Answer[]> {
    try {
      const found = await pending.accept(
        worldId,
        calls.map(({ events }) => events),
      )
      if (found.pending > 0) flushSoon(worldId, found.before === 0)
      return calls.map((_, i) => ({ pending: found.pending, call: found.calls[i] ?? 'too-many' }))
    } catch (error) {
      return calls.map(() => ({ error })) // theirs alone: others may be accepted
    }
  }

  return {
    /**
     * Answers with the events as they are pending (one that was pending before stays as it was, but for where it is
     * hidden), how many of them were not, and how many of the world's are now. Throws `Backlogged`, or `QueueUnavailable`.
     */
    async accept(call: Call) {
      const answer = await batches.ask(call)
      if ('error' in answer) throw answer.error
      if (typeof answer.call === 'string') throw refusal(answer.call, call.worldId, pendingMax)
      const events = answer.call.events.map((event, i) => hiddenOnBoth(event, call.events[i] ?? event))
      return { events, fresh: answer.call.fresh, pending: answer.pending }
    },
    async idle() {
      awaited += 1
      await batches.idle()
      repeatNow()
      await background.idle()
      awaited -= 1
    },
  }
}

/** One that is pending already and now private goes from the timelines that this call names, too. */
function hiddenOnBoth(pending: AcceptedEvent, given: AcceptedEvent): AcceptedEvent {
  if (pending === given || !meansPrivate(given.private)) return pending
  return { ...pending, participants: [...new Set([...namesOf(pending), ...namesOf(given)])] }
}

/** Few enough that one script keeps Redis busy for some milliseconds at most. */
const maxEvents = 500

/** The calls in parts that one script takes, larger only where one call is. */
function inParts(calls: readonly Call[]): Call[][] {
  const parts: Call[][] = []
  let events = 0
  let bytes = 0
  let places = 0
  for (const call of calls) {
    events += call.events.length
    bytes += call.cost.bytes
    places += call.cost.places
    const isFull = events > maxEvents || bytes > appendLimits.bytes || places > appendLimits.places
    const part = isFull ? undefined : parts.at(-1)
    if (part) {
      part.push(call)
      continue
    }
    parts.push([call])
    events = call.events.length
    bytes = call.cost.bytes
    places = call.cost.places
  }
  return parts
}
