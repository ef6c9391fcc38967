import type { RedisClientOptions } from '@redis/client'
import type { Redis } from 'ioredis'
import { asError } from '../../model/errors.ts'
import { withHelp, wordsOf } from '../../resilience/server-words.ts'
import type { CacheRedis } from '../scripts.ts'
import type { NearState } from './near-state.ts'
import { type SelfTest, wasNotSignalled } from './self-test.ts'
import type { OpenTracked, TrackedConnection } from './tracked-connection.ts'

/** The tracked connection to the server that reads go to, made anew whenever it, or that of the reads, is lost. */
export interface Tracking {
  /** Undefined unless it is armed. */
  readonly connection: TrackedConnection | undefined
  readonly state: NearState
  /** Why it is off. */
  readonly reason: string | undefined
  close(): void
}

interface TrackingDeps {
  openTracked: OpenTracked
  selfTest: SelfTest
  /** Where reads go, and a second connection for the self-test. */
  reads: CacheRedis
  limitMs: number
  onInvalidated(key: string | null): void
  /** Everything read so far is not tracked any more. */
  onLost(): void
  onState(state: NearState, reason?: string): void
}

const firstPauseMs = 50
const maxPauseMs = 2_000
/** Connections that may fail the self-test: a failover can come between its steps. */
const maxFailures = 3

export function createTracking(deps: TrackingDeps): Tracking {
  const { openTracked, selfTest, reads, limitMs, onInvalidated, onLost, onState } = deps
  let connection: TrackedConnection | undefined
  let state: NearState = 'connecting'
  let reason: string | undefined
  let failures = 0
  let pauseMs = firstPauseMs
  let timer: NodeJS.Timeout | undefined
  let closed = false
  /** Given up as soon as another one is begun. */
  let attempt: TrackedConnection | undefined

  function become(next: NearState, why?: string): void {
    if (state === next) return
    state = next
    reason = why
    onState(next, why)
  }

  async function connect(): Promise<void> {
    timer = undefined
    let isLost = false
    const signalled = new Set<string>()
    let opened: TrackedConnection | undefined
    try {
      opened = await openTracked({
        server: serverOf(reads),
        limitMs,
        onInvalidated(key) {
          if (connection === opened) onInvalidated(key)
          else if (key !== null) signalled.add(key)
        },
        onLost() {
          isLost = true
          if (connection !== undefined && connection === opened) lose()
        },
      })
      attempt = opened
      await selfTest(opened, reads, signalled)
      if (closed || isLost) throw new Error('the connection was lost')
      connection = opened
      failures = 0
      pauseMs = firstPauseMs
      become('armed')
    } catch (error) {
      opened?.close()
      if (closed) return
      const why = asError(error)
      if (doesNotTrack(why)) failures = isOfTheServer(why) ? maxFailures : failures + 1
      if (failures >= maxFailures) return become('off', withHelp(wordsOf(why)))
      connectLater()
    }
  }

  function connectLater(): void {
    if (state === 'off' || timer !== undefined) return
    timer = setTimeout(connect, pauseMs).unref()
    pauseMs = Math.min(pauseMs * 2, maxPauseMs)
  }

  function lose(): void {
    connection = undefined
    onLost()
    if (closed) return
    become('connecting')
    connectLater()
  }

  // Reads may be answered by another server from now on, so that must be the one that tracks.
  const readsLost = () => {
    attempt?.close()
  }
  reads.on('close', readsLost)
  if (reads.isCluster) become('off', 'a Redis Cluster')
  else if (reads.status === 'ready') void connect()
  else reads.once('ready', connect)

  return {
    get connection() {
      return connection
    },
    get state() {
      return state
    },
    get reason() {
      return reason
    },
    close() {
      closed = true
      clearTimeout(timer)
      reads.off('close', readsLost)
      reads.off('ready', connect)
      attempt?.close()
    },
  }
}

/** Where ioredis' connection is, in the words of the other client. Of a Sentinel's primary: where it is now. */
function serverOf(reads: CacheRedis): RedisClientOptions {
  const { options, stream } = reads as Redis & { stream?: { remoteAddress?: string; remotePort?: number } }
  const { host, port, path, tls, username, password, db, connectTimeout, sentinels } = options
  if (sentinels && !stream?.remoteAddress) throw new Error('the primary is not known')
  const place = sentinels ? { host: stream?.remoteAddress, port: stream?.remotePort } : { host, port }
  const socket = path ? { path } : { ...place, ...(tls && { ...tls, tls: true }) }
  return {
    socket: { ...socket, connectTimeout, reconnectStrategy: false } as RedisClientOptions['socket'] & object,
    ...(username && { username }),
    ...(password && { password }),
    ...(db && { database: db }),
  }
}

const doesNotTrack = (error: Error): boolean => wasNotSignalled(error) || isOfTheServer(error)

/** It knows no RESP3 or no tracking, or does not let us: it says so at once, and will tomorrow. */
const isOfTheServer = ({ message }: Error): boolean =>
  /unknown (sub)?command|NOPROTO|NOPERM|syntax error|wrong number of arguments|not supported/i.test(message)
