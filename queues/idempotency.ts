import { createHash, randomUUID } from 'node:crypto'
import { type QueueStore, queueAnswered, queueScript } from './redis.ts'

const replace = queueScript('replace')

/** How long an answer is remembered. Milliseconds. */
const answerLifeMs = 24 * 60 * 60 * 1000
/** After so long a request without an answer is taken for dead, and may be sent again. Milliseconds. */
const underWayMs = 60_000

export interface StoredAnswer {
  status: number
  /** JSON text. */
  body: string
}

export type Begun =
  /** It is ours to do, and to say what came of it. */
  | { state: 'new'; answer(answer: StoredAnswer): Promise<void>; forget(): Promise<void> }
  /** It was done: this was the answer. */
  | { state: 'answered'; answer: StoredAnswer }
  | { state: 'under-way' }
  /** The key was used for something else. */
  | { state: 'other-request' }

interface Entry {
  request: string
  token: string
  answer?: StoredAnswer
}

/**
 * Requests that are done once, however often they are sent, after the IETF's draft of the Idempotency-Key header
 * (draft-ietf-httpapi-idempotency-key-header).
 */
export function createIdempotency({ redis, prefix }: QueueStore) {
  return {
    /** Each `who` has keys of its own. `request` is all that distinguishes this request from others. Throws `QueueUnavailable`. */
    async begin(who: string, key: string, request: string): Promise<Begun> {
      const place = `${prefix}:idempotency:${digest(JSON.stringify([who, key]))}`
      const entry: Entry = { request: digest(request), token: randomUUID() }
      const ours = JSON.stringify(entry)
      const there = await queueAnswered(() => redis.set(place, ours, 'PX', underWayMs, 'NX', 'GET'), {
        redis,
      })
      if (there !== null) return stateOf(JSON.parse(there) as Entry, entry.request)

      const settle = async (text: string) => {
        await replace(redis, [place], [ours, text, answerLifeMs])
      }
      return {
        state: 'new',
        answer: answer => settle(JSON.stringify({ ...entry, answer } satisfies Entry)),
        forget: () => settle(''),
      }
    },
  }
}

export type Idempotency = ReturnType<typeof createIdempotency>

function stateOf(there: Entry, request: string): Begun {
  if (there.request !== request) return { state: 'other-request' }
  return there.answer ? { state: 'answered', answer: there.answer } : { state: 'under-way' }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
