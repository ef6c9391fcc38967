import { chunk } from 'es-toolkit'
import type { Redis } from 'ioredis'
import { HearthError } from '../model/errors.ts'
import { parseJsonText } from '../model/json.ts'
import { type AcceptedEvent, eventText } from '../model/new-events.ts'
import { meansPrivate } from '../model/privacy.ts'
import { createNeededReplicas } from '../resilience/needed-replicas.ts'
import {
  confirmMs,
  createReplicatedScripts,
  type ReplicatedAnswer,
} from '../resilience/replicated-scripts.ts'
import { type PendingDeps, placesOf } from './pending-keys.ts'
import { queueAnswered, queueScript, queueScriptNamed } from './redis.ts'

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

const script = queueScriptNamed('accept')
const acceptScript = queueScript('accept')

/** Each call is a refusal, or how many were new, then the index (from 1) and the JSON of each that differs. */
type Answer = [
  before: number,
  pending: number,
  calls: (number | [fresh: number, ...known: unknown[]])[],
  history: string,
  replicas: number,
]

interface AcceptanceOptions {
  /** How many events of a world may be pending. */
  max: number
  /** How many replicas must have what is accepted; undefined: all that the primary has. */
  replicas: number | undefined
  /** A connection where nothing else waits, for what waits for replicas. */
  waiting: Redis
}

/** Pending events, as appends add them. */
export function createAcceptance(
  { redis, keys }: PendingDeps,
  { max, replicas, waiting }: AcceptanceOptions,
) {
  const expected = createNeededReplicas({ fixed: replicas })
  const runReplicated = createReplicatedScripts(waiting)

  /** Sends the script; again where there turn out to be more replicas than it waited for. */
  async function run(keys: readonly string[], args: readonly (string | number)[]): Promise<Answer> {
    let first: Answer | undefined
    for (;;) {
      const asked = expected.needed()
      const { answer, copies }: ReplicatedAnswer =
        asked === 0
          ? { answer: await acceptScript(redis, keys, args), copies: 0 }
          : await queueAnswered(() => runReplicated({ script, keys, args, replicas: asked }), {
              redis: waiting,
            })
      const found = answer as Answer
      const [, , , history, online] = found
      expected.saw({ history, replicas: online })
      if (first?.[3] !== history) first = found // it was done the first time; after a failover, maybe not
      const needed = expected.needed()
      if (copies >= needed) return first
      if (copies < asked) throw notConfirmed(copies, needed)
    }
  }

  const argsOf = (event: AcceptedEvent) => {
    const isPrivate = meansPrivate(event.private) ? 1 : 0
    return [event.event_id, eventText(event), isPrivate, ...placesOf(event)]
  }
  return {
    /**
     * Accepts the events of each call, whole or not at all, in one step. Of an event that is pending already the first
     * one stays, and comes back in place of the one that was given; but where that one is private, it is private from now
     * on, and hidden on the timelines of both. An event that was set aside is pending anew. Rejects with
     * `QueueUnavailable` where too few replicas have them in time: the call may be repeated.
     */
    async accept(worldId: string, calls: readonly (readonly AcceptedEvent[])[]): Promise<Accepted> {
      const args = calls.flatMap(events => [events.length, ...events.flatMap(argsOf)])
      const [before, pending, answers] = await run(keys.inOrder(worldId), [max, worldId, fullShare, ...args])
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

const notConfirmed = (copies: number, needed: number): HearthError =>
  new HearthError(
    'QueueUnavailable',
    `the queues' Redis took the events, but within ${confirmMs} ms ${copies} of ${needed} replicas had them, so a failover may lose them: it is not known whether they are accepted; append them again with the same event ids`,
  )
