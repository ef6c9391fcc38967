import type { Redis } from 'ioredis'
import { createBatcher } from './batcher.ts'
import type { Script } from './lua-script.ts'

export interface ReplicatedAnswer {
  answer: unknown
  /** How many replicas have what the script wrote. */
  copies: number
}

export interface ReplicatedCall {
  script: Script
  keys: readonly string[]
  args: readonly (string | number)[]
  /** How many replicas are waited for. */
  replicas: number
}

type Answers = ReadonlyMap<ReplicatedCall, ReplicatedAnswer | Error>

/** How long replicas may take to confirm. Milliseconds. */
export const confirmMs = 500
/** In one pipeline. */
const maxCalls = 500

/**
 * Options of a connection for scripts that wait for replicas: WAIT holds up all that comes after it on its connection.
 * And it confirms only what this connection has written. So a script and its WAIT must not be sent again one by one, on
 * another connection: without retries, ioredis fails what was sent and not answered when the connection is lost.
 */
export const waitingOptions = ({ commandTimeout = 0 }: { commandTimeout?: number | undefined }) => ({
  maxRetriesPerRequest: 0,
  commandTimeout: confirmMs + commandTimeout,
})

/**
 * Runs scripts on a connection of `waitingOptions`, and says how many replicas have what each wrote when `replicas` of
 * them have it, or after 500 ms. Calls that come while others are under way share one pipeline, with one WAIT. A call that
 * a lost connection did not answer is sent once more, so the script must be harmless to repeat. Rejects with what Redis
 * says.
 */
export function createReplicatedScripts(redis: Redis): (call: ReplicatedCall) => Promise<ReplicatedAnswer> {
  const batches = createBatcher<ReplicatedCall, Answers>({
    largest: maxCalls,
    async send(calls) {
      const answers = await sendTogether(redis, calls)
      const again = calls.filter(call => isToSendAgain(answers.get(call)))
      if (again.length === 0) return answers
      const sources = new Set(again.map(({ script }) => script.source))
      await Promise.all(Array.from(sources, source => redis.script('LOAD', source)))
      return new Map([...answers, ...(await sendTogether(redis, again))])
    },
  })
  return async call => {
    const [answers] = await batches.add([call])
    const answer = answers?.get(call)
    if (answer === undefined || answer instanceof Error) throw answer
    return answer
  }
}

/** Each script's own error goes before that of WAIT: a connection is given up after some errors, and says only that. */
async function sendTogether(redis: Redis, calls: readonly ReplicatedCall[]): Promise<Answers> {
  const pipeline = redis.pipeline()
  for (const { script, keys, args } of calls) {
    // ioredis takes a list as well, and a call no more than some 100,000 arguments.
    pipeline.evalsha(script.sha, keys.length, [...keys, ...args] as unknown as string)
  }
  pipeline.wait(Math.max(...calls.map(({ replicas }) => replicas)), confirmMs)
  const replies = (await pipeline.exec()) ?? []
  const [waitError, copies] = replies.at(-1) ?? []
  return new Map(
    calls.map((call, i) => {
      const [error, answer] = replies[i] ?? []
      return [call, error ?? waitError ?? { answer, copies: copies as number }]
    }),
  )
}

/** What ioredis says of a connection that was lost before any answer of a pipeline, or before its last one. */
const lost: ReadonlySet<string> = new Set(['MaxRetriesPerRequestError', 'AbortError'])

const isToSendAgain = (answer: ReplicatedAnswer | Error | undefined): boolean =>
  answer instanceof Error && (answer.message.startsWith('NOSCRIPT') || lost.has(answer.name))
