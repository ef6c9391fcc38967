import { groupBy } from '../model/group-by.ts'
import type { AcceptedEvent } from '../model/new-events.ts'
import type { Accepted, Pending } from '../queues/pending.ts'
import { createBatcher } from '../resilience/batcher.ts'
import { type AppendCost, appendLimits } from './append-cost.ts'
import { refusal } from './backlog.ts'
import type { FlushSoon } from './flush-soon.ts'

/** The events of one call of `appendEvents`. */
interface Call {
  worldId: string
  events: readonly AcceptedEvent[]
  cost: AppendCost
}

/** Makes events durable: calls that come while others are under way go out with the next. */
export interface Accepting {
  /** Throws `Backlogged`, or `QueueUnavailable`. */
  accept(call: Call): Promise<AcceptedCall>
  idle(): Promise<void>
}

export interface AcceptedCall {
  /** As they are pending: an event that was pending before stays as it was. */
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

const maxCalls = 500

export function createAccepting({ pending, pendingMax, onAccepted }: AcceptingDeps): Accepting {
  const batcher = createBatcher({ send, largest: maxCalls })

  async function send(calls: readonly Call[]): Promise<Map<Call, Answer>> {
    const answers = new Map<Call, Answer>()
    const byWorld = groupBy(calls, ({ worldId }) => worldId)
    await Promise.all(
      Array.from(byWorld, async ([worldId, group]) => {
        for (const part of inParts(group)) await acceptPart(worldId, part, answers)
      }),
    )
    return answers
  }

  async function acceptPart(
    worldId: string,
    part: readonly Call[],
    answers: Map<Call, Answer>,
  ): Promise<void> {
    try {
      const found = await pending.accept(
        worldId,
        part.map(({ events }) => events),
      )
      if (found.pending > found.before) onAccepted(worldId, found.before === 0)
      part.forEach((call, i) => {
        answers.set(call, { pending: found.pending, call: found.calls[i] ?? 'too-many' })
      })
    } catch (error) {
      for (const call of part) answers.set(call, { error }) // theirs alone: other worlds' may be accepted
    }
  }

  return {
    async accept(call) {
      const [answers] = await batcher.add([call])
      const answer = answers?.get(call) as Answer
      if ('error' in answer) throw answer.error
      if (typeof answer.call === 'string') throw refusal(answer.call, call.worldId, pendingMax)
      return { ...answer.call, pending: answer.pending }
    },
    idle: batcher.idle,
  }
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
