import { setTimeout as pause } from 'node:timers/promises'
import { repeat } from './repeat.ts'

/**
 * What a Redis answers that takes no writes: a primary that was made a replica while its connections stand (a managed
 * failover), loads the data of its new primary, or has lost its replicas. A script's error has the code within.
 */
const noWrites = /^(?:ERR Error running script .*-)?(?:READONLY|MASTERDOWN|UNBLOCKED|NOREPLICAS|LOADING)\b/s

/** What a node of a Redis Cluster answers that does not hold a key's slot, or not all of it. */
const notItsSlot = /^(?:MOVED|ASK|TRYAGAIN)\b/
/** What one answers that has lost the others. */
const cutOff = /^CLUSTERDOWN\b/

const says = (error: unknown, ...answers: RegExp[]): boolean =>
  error instanceof Error && answers.some(answer => answer.test(error.message))

/** Whether a refusal is of the key's slot, which is being moved or has been, and not of the node. */
export const isOfSlot = (error: unknown): boolean => says(error, notItsSlot)

/** Whether another server may take what this one refused: nothing was done. */
export const takesNoWrites = (error: unknown): boolean => says(error, noWrites, notItsSlot, cutOff)

export interface Reconnecting {
  /** When to connect again after this many failures. Milliseconds. */
  retryStrategy(times: number): number
  reconnectOnError?: ((error: Error) => boolean | 1 | 2) | null | undefined
}

/** After so long without a refusal a new failover begins. Milliseconds. */
const calmMs = 10_000
const maxPauseMs = 2_000

/**
 * ioredis' options by which a connection leaves a server that takes no writes, since its address may be another
 * server's by now. With `resend` the command that was refused waits for the next server; otherwise it fails. The pauses
 * between connections grow with the time that the address has been a replica's. `ofSlot`: a connection to the node of one
 * slot, which is left where the slot is elsewhere; one to the whole cluster asks there by itself.
 */
export function leavingReplicas(
  { retryStrategy, reconnectOnError }: Reconnecting,
  { resend, ofSlot = false }: { resend: boolean; ofSlot?: boolean },
): Required<Pick<Reconnecting, 'retryStrategy'>> & { reconnectOnError(error: Error): boolean | 1 | 2 } {
  let since = 0
  let last = -calmMs
  return {
    reconnectOnError(error) {
      const isToLeave = ofSlot ? takesNoWrites(error) : says(error, noWrites)
      if (!isToLeave) return reconnectOnError?.(error) ?? false
      const now = performance.now()
      if (now - last > calmMs) since = now
      last = now
      return resend ? 2 : 1
    },
    retryStrategy(times) {
      const pauseMs = performance.now() - last > calmMs ? 0 : (last - since) / 4
      return Math.max(retryStrategy(times), Math.min(pauseMs, maxPauseMs))
    },
  }
}

const firstPauseMs = 25
/** How long a connection that is being made anew is waited for where no server has refused. Milliseconds. */
const reconnectMs = 250
/** What ioredis says of a connection that is being made anew and keeps no commands. */
const notConnected = "Stream isn't writeable"

/**
 * Asks again, for `limitMs`, where a server that takes no writes is being left for another; for a moment where what others
 * asked on the same connection was refused, and it is being made anew. Rejects with the refusal where there is no other
 * server. `ask` must fail at once where it is not connected, or wait for the connection.
 */
export async function despiteFailover<T>(limitMs: number, ask: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  let refusal: unknown
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    try {
      return await ask()
    } catch (error) {
      if (takesNoWrites(error)) refusal = error
      else if (!(error instanceof Error && error.message.startsWith(notConnected))) throw error
      const patienceMs = refusal ? limitMs : Math.min(limitMs, reconnectMs)
      if (performance.now() + pauseMs > begun + patienceMs) throw refusal ?? error
    }
    await pause(pauseMs)
  }
}

interface Connected {
  readonly status: string
  unlink(key: string): Promise<unknown>
}

/** Rejects where the server takes no writes: what is read there may be behind. Any other error is the next command's. */
export async function requireWritable(redis: Connected, key: string): Promise<void> {
  await redis.unlink(key).catch(error => {
    if (takesNoWrites(error)) throw error
  })
}

const connected: ReadonlySet<string> = new Set(['connect', 'ready'])

/**
 * Gives a connection up for a new one. One that is being made looks for its server already, and ioredis would end it for
 * good while it asks Sentinels or a cluster.
 */
export function leave(redis: { readonly status: string; disconnect(reconnect: true): void }): void {
  if (connected.has(redis.status)) redis.disconnect(true)
}

const probeEveryMs = 5_000

/** For a connection that mostly reads or listens: it would not notice that its server takes no writes. */
export function keepWritable(redis: Connected, key: string): { stop(): void } {
  return repeat(probeEveryMs, async () => {
    if (redis.status === 'ready') await redis.unlink(key).catch(() => {}) // leaving is what `leavingReplicas` does
  })
}
