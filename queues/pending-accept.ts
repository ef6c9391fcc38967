import { chunk } from 'es-toolkit'
import { jsonText, parseJsonText } from '../model/json.ts'
import type { AcceptedEvent } from '../model/new-events.ts'
import { meansPrivate } from '../model/privacy.ts'
import { type PendingDeps, placesOf } from './pending-keys.ts'
import { queueScript } from './redis.ts'

export interface Accepted {
  /** How many were pending before, and are now. */
  before: number
  pending: number
  /** For each call its events as they are pending, and how many of them are new; or why it was refused. */
  calls: ({ events: AcceptedEvent[]; fresh: number } | Refused)[]
}

/** `too-many`: more of the world's events would be pending than may be. `full`: the queues' Redis has no room to spare. */
export type Refused = 'too-many' | 'full'

/** Pending events may fill this share of a server that never evicts: the rest is for the jobs that write them. */
const fullShare = 0.8

const acceptScript = queueScript('accept')

/** For each call a refusal, or how many were new, then the index (from 1) and the JSON of each that differs. */
type Answer = [before: number, pending: number, calls: (number | [fresh: number, ...known: unknown[]])[]]

/** Pending events, as appends add them. */
export function createAcceptance({ redis, keys }: PendingDeps, max: number) {
  const argsOf = (event: AcceptedEvent) => {
    const isPrivate = meansPrivate(event.private) ? 1 : 0
    return [event.event_id, jsonText(event), isPrivate, ...placesOf(event)]
  }
  return {
    /**
     * Accepts the events of each call, whole or not at all, in one step. Of an event that is pending already the first
     * one stays, and comes back in place of the one that was given; but where that one is private, it is private from now
     * on, and hidden on the timelines of both. An event that was set aside is pending anew.
     */
    async accept(worldId: string, calls: readonly (readonly AcceptedEvent[])[]): Promise<Accepted> {
      const args = calls.flatMap(events => [events.length, ...events.flatMap(argsOf)])
      const answer = await acceptScript(redis, keys.inOrder(worldId), [max, worldId, fullShare, ...args])
      const [before, pending, answers] = answer as Answer
      return {
        before,
        pending,
        calls: calls.map((given, i) => {
          const found = answers[i]
          if (typeof found !== 'object') return found === -2 ? 'full' : 'too-many'
          const [fresh, ...known] = found
          const events = [...given]
          for (const [index, text] of chunk(known, 2)) {
            events[(index as number) - 1] = parseJsonText(text as string) as AcceptedEvent
          }
          return { events, fresh }
        }),
      }
    },
  }
}
