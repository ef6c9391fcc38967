import { type AcceptedEvent, namesOf } from '../model/new-events.ts'
import { meansPrivate } from '../model/privacy.ts'
import type { Pending } from '../queues/pending.ts'
import type { Accepted } from '../queues/pending-accept.ts'
import { type AppendCost, appendLimits } from './append-cost.ts'
import { refusal } from './backlog.ts'
import { createCallBatches } from './call-batches.ts'
import type { FlushSoon } from './flush-soon.ts'

/** The events of one call of `appendEvents`. */
interface Call {
  worldId: string
  events: readonly AcceptedEvent[]
  cost: AppendCost
}

/** Makes events durable. */
export interface Accepting {
  /** Throws `Backlogged`, or `QueueUnavailable`. */
  accept(call: Call): Promise<AcceptedCall>
  idle(): Promise<void>
}

export interface AcceptedCall {
  /** As they are pending: an event that was pending before stays as it was, but for where it is hidden. */
  events: readonly AcceptedEvent[]
  /** How many of them were not pending before. */
  fresh: number
  /** How many of the world's events are pending now. */
  pending: number
}

interface AcceptingDeps {
  pending: Pick<Pending<AcceptedEvent>, 'accept'>
  pendingMax: number
  onAccepted: FlushSoon
}

type Answer = { pending: number; call: Accepted<AcceptedEvent>['calls'][number] } | { error: unknown }

export function createAccepting({ pending, pendingMax, onAccepted }: AcceptingDeps): Accepting {
  const batches = createCallBatches<Call, Answer>(async (worldId, calls) => {
    const answers: Answer[] = []
    for (const part of inParts(calls)) answers.push(...(await acceptPart(worldId, part)))
    return answers
  })

  async function acceptPart(worldId: string, calls: readonly Call[]): Promise<Answer[]> {
    try {
      const found = await pending.accept(
        worldId,
        calls.map(({ events }) => events),
      )
      if (found.pending > found.before) onAccepted(worldId, found.before === 0)
      return calls.map((_, i) => ({ pending: found.pending, call: found.calls[i] ?? 'too-many' }))
    } catch (error) {
      return calls.map(() => ({ error })) // theirs alone: others may be accepted
    }
  }

  return {
    async accept(call) {
      const answer = await batches.ask(call)
      if ('error' in answer) throw answer.error
      if (typeof answer.call === 'string') throw refusal(answer.call, call.worldId, pendingMax)
      const events = answer.call.events.map((event, i) => hiddenOnBoth(event, call.events[i] ?? event))
      return { events, fresh: answer.call.fresh, pending: answer.pending }
    },
    idle: batches.idle,
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
