import type { Immutable } from '../model/immutable.ts'
import { type AppendedEvent, newEventsSchema } from '../model/new-events.ts'
import { parsePayload } from '../model/parse.ts'
import type { Pending } from '../queues/pending.ts'
import type { Producer } from '../queues/producer.ts'
import { createBackground } from '../resilience/background.ts'
import { createAccepting } from './accept-events.ts'
import { costOf } from './append-cost.ts'
import { createRoom, slowDown } from './backlog.ts'
import type { ReadableEvents } from './pending-reader.ts'
import { createShowing, type ShowingDeps, type Visibility } from './show-events.ts'

export interface AppendResult {
  /** How many of the events are new; the others were pending already. */
  accepted: number
  /**
   * `visible`: every reader sees them from now on. `deferred`: the cache's Redis is away; they are accepted all the
   * same, reads of this process see them from now on, and all others when they are flushed.
   */
  outcome: Visibility
  /** In the order of the events: their ids, the made ones too. */
  eventIds: string[]
}

interface AppendsDeps extends Omit<ShowingDeps, 'background'> {
  pending: Pick<Pending, 'accept' | 'seen'>
  readable: Pick<ReadableEvents, 'remember'>
  producer: Pick<Producer, 'addAll'>
  /** How many events of a world may be pending; above half of it appending slows down. */
  pendingMax: number
  /** Is called with why a flush could not be enqueued, again and again; the sweeper does it then. */
  onError(error: Error): void
}

/** Write-behind: events are accepted durably, seen at once, and written to the source by the `flush` queue. */
export interface Appends {
  appendEvents(worldId: string, events: Immutable<AppendedEvent[]>): Promise<AppendResult>
  /** Resolves when nothing is under way in the background any more. */
  idle(): Promise<void>
}

export function createAppends(deps: AppendsDeps): Appends {
  const { pending, readable, producer, pendingMax, onError } = deps
  const background = createBackground(onError)
  const accepting = createAccepting({ pending, producer, background, pendingMax })
  const showing = createShowing({ ...deps, background })
  const room = createRoom()

  return {
    async appendEvents(worldId, given) {
      const events = parsePayload(newEventsSchema, given, 'events')
      const cost = costOf(events)
      return room.whileHolding(cost.bytes, async () => {
        const accepted = await accepting.accept({ worldId, events, cost })
        readable.remember(worldId, accepted.events)
        const outcome = await showing.show({ worldId, events: accepted.events })
        await slowDown(accepted.pending, pendingMax)
        return { accepted: accepted.fresh, outcome, eventIds: events.map(({ event_id }) => event_id) }
      })
    },

    async idle() {
      await Promise.all([accepting.idle(), showing.idle()])
      await background.idle()
    },
  }
}
