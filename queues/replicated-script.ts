import type { Redis } from 'ioredis'
import { createBatcher } from '../resilience/batcher.ts'
import { type Script, scriptOf } from '../resilience/lua-script.ts'
import { queueAnswered } from './redis.ts'

export interface ReplicatedAnswer {
  answer: unknown
  /** How many replicas have what the script wrote. */
  copies: number
}

interface Call {
  keys: readonly string[]
  args: readonly (string | number)[]
  /** How many replicas are waited for. */
  replicas: number
}

type Answers = ReadonlyMap<Call, ReplicatedAnswer | Error>

/** How long replicas may take to confirm. Milliseconds. */
export const confirmMs = 500
/** In one pipeline. */
const maxCalls = 500

/**
 * A connection for scripts that wait for replicas: WAIT holds up all that comes after it on its connection. And it
 * confirms only what this connection has written. So a script and its WAIT must not be sent again one by one, on another
 * connection: without retries, ioredis fails what was sent and not answered when the connection is lost.
 */
export const waitingConnection = (redis: Redis): Redis =>
  redis.duplicate({
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    commandTimeout: confirmMs + (redis.options.commandTimeout ?? 0),
  })

/**
 * A script of `lua/`, and how many replicas have what it wrote when `replicas` of them have it, or after 500 ms. Calls
 * that come while others are under way share one pipeline, with one WAIT. A call that a lost connection did not answer
 * is sent once more, so the script must be harmless to repeat. Throws `QueueUnavailable`.
 */
export function replicatedScript(redis: Redis, name: string) {
  const script = scriptOf(new URL(`./lua/${name}.lua`, import.meta.url))
  const batches = createBatcher<Call, Answers>({
    largest: maxCalls,
    async send(calls) {
      const answers = await sendTogether(redis, script, calls)
      const again = calls.filter(call => isToSendAgain(answers.get(call)))
      if (again.length === 0) return answers
      await redis.script('LOAD', script.source)
      return new Map([...answers, ...(await sendTogether(redis, script, again))])
    },
  })
  return (call: Call): Promise<ReplicatedAnswer> =>
    queueAnswered(
      async () => {
        const [answers] = await batches.add([call])
        const answer = answers?.get(call)
        if (answer === undefined || answer instanceof Error) throw answer
        return answer
      },
      { redis },
    )
}

/** Each script's own error goes before that of WAIT: a connection is given up after some errors, and says only that. */
async function sendTogether(redis: Redis, { sha }: Script, calls: readonly Call[]): Promise<Answers> {
  const pipeline = redis.pipeline()
  for (const { keys, args } of calls) {
    // ioredis takes a list as well, and a call no more than some 100,000 arguments.
    pipeline.evalsha(sha, keys.length, [...keys, ...args] as unknown as string)
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
