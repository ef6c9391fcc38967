import type { RedisClientOptions } from '@redis/client'
import { once } from 'es-toolkit'
import { asError, HearthError } from '../../model/errors.ts'
import { connectionName } from '../../resilience/this-process.ts'
import { type AnswerLimit, createAnswerLimit } from '../answer-limit.ts'
import { isWrongType } from '../scripts.ts'

/** What Redis has at a key: its text, null for nothing, and how long it still lives: Infinity for ever. Milliseconds. */
export interface TrackedText {
  text: string | null
  ttlMs: number
}

/**
 * A connection whose reads Redis remembers, to write into it that a key has changed while the change runs: CLIENT TRACKING
 * in its default mode. In mode BCAST the messages go out at the end of the server's turn, which may be after the writer
 * was answered. One connection of RESP3 for reads and invalidations keeps both in one order, and says by its answers that
 * both still stand.
 */
export interface TrackedConnection {
  /** False where the connection was lost. Rejects with `CacheUnavailable` where Redis does not answer in time. */
  fence(): Promise<boolean>
  /** Undefined where the connection was lost. Rejects with `CacheUnavailable` where Redis does not answer in time. */
  read(keys: readonly string[]): Promise<TrackedText[] | undefined>
  /** What it was lost by: the end of the connection, or a command that Redis refused. */
  readonly lostBy: Error | undefined
  /** Safe twice. */
  close(): void
}

export interface TrackedOptions {
  server: RedisClientOptions
  /** How long Redis may take to answer. Milliseconds. */
  limitMs: number
  /** A key has changed; null: any may have. */
  onInvalidated(key: string | null): void
  /** Called once; what was read over this connection is not tracked any more. */
  onLost(): void
}

/** Deleting a key that is never there is a write, which a demoted primary refuses, while it still answers PING. */
const fenceCommand = ['UNLINK', 'lw:probe']

/** After so long without an answer to any question the connection is given up. Milliseconds. */
const silentMs = 1_000
/** How long it may take to open. Milliseconds. */
const openMs = 5_000

/** When it is first needed: loading the package and building the client's class take 150 ms, and few commands need them. */
const clientFactory = once(async () => (await import('@redis/client')).RedisClient.factory({ RESP: 3 }))

/** Throws what the server, or the way to it, says. */
export type OpenTracked = (options: TrackedOptions) => Promise<TrackedConnection>

export const openTracked: OpenTracked = async options => {
  const { server, limitMs, onInvalidated, onLost } = options
  const clientOf = await clientFactory()
  const client = clientOf({
    ...server,
    emitInvalidate: true, // sends CLIENT TRACKING ON, in its default mode
    disableOfflineQueue: true, // a connection that was lost is another one afterwards
    disableClientInfo: true,
    commandOptions: { timeout: 0 }, // `limit` does that, without an AbortSignal for each command
    maintNotifications: 'disabled',
  })
  const limit = createAnswerLimit(limitMs)
  let isLost = false
  let lostBy: Error | undefined
  let answeredAt = performance.now()

  function lose(by?: Error): void {
    if (isLost) return
    isLost = true
    lostBy = by
    limit.stop()
    if (client.isOpen) client.destroy()
    onLost()
  }
  client.on('error', lose)
  client.on('end', () => lose())
  client.on('invalidate', (key: Buffer | null) => onInvalidated(key === null ? null : key.toString()))

  const openTimer = setTimeout(lose, openMs).unref()
  try {
    await client.connect()
    name(client)
  } catch (error) {
    lose()
    throw error
  } finally {
    clearTimeout(openTimer)
  }

  async function ask<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      const answered = await inTime(limit, answer)
      answeredAt = performance.now()
      return answered
    } catch (error) {
      if (!(error instanceof HearthError))
        lose(asError(error)) // closed, or refused, as a demoted primary refuses writes
      else if (performance.now() - answeredAt > silentMs) lose()
      if (isLost) return undefined
      throw error
    }
  }

  return {
    fence: async () => (await ask(client.sendCommand(fenceCommand))) !== undefined,
    read(keys) {
      const texts = textsOf(keys, command => client.sendCommand(command))
      const ttls = keys.map(key => client.sendCommand(['PTTL', key]))
      return ask(Promise.all([texts, ...ttls]).then(foundOf))
    },
    get lostBy() {
      return lostBy
    },
    close: () => lose(),
  }
}

/** For operators: a user that may not do it has the near cache all the same. */
function name(client: { sendCommand(command: string[]): Promise<unknown> }): void {
  client.sendCommand(['CLIENT', 'SETNAME', connectionName('cache', 'near')]).catch(() => {})
}

async function textsOf(
  keys: readonly string[],
  send: (command: string[]) => Promise<unknown>,
): Promise<unknown> {
  const [key, ...others] = keys
  if (key === undefined || others.length > 0) return send(['MGET', ...keys])
  return [
    await send(['GET', key]).catch(error => {
      if (isWrongType(error)) return null // what another program has put there: the lease removes it
      throw error
    }),
  ]
}

function foundOf([texts, ...ttls]: unknown[]): TrackedText[] {
  return (texts as (string | null)[]).map((text, i) => {
    const ttlMs = ttls[i] as number
    return { text, ttlMs: ttlMs === -1 ? Number.POSITIVE_INFINITY : ttlMs }
  })
}

function inTime<T>(limit: AnswerLimit, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const waiting = {
      isSettled: false,
      reject: ({ message }: Error) =>
        reject(new HearthError('CacheUnavailable', `the cache's Redis did not answer: ${message}`)),
    }
    limit.watch(waiting)
    const settle = () => {
      waiting.isSettled = true
    }
    answer.then(settle, settle)
    answer.then(resolve, reject)
  })
}
