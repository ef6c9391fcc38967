import { chunk } from 'es-toolkit'
import { parseJsonText } from '../model/json.ts'
import { type AcceptedEvent, namesOf } from '../model/new-events.ts'
import { takeLock } from './lock.ts'
import { type PendingDeps, placesOf } from './pending-keys.ts'
import { queueAnswered, queueScript } from './redis.ts'

export interface PendingEvent {
  event: AcceptedEvent
  /** When it was accepted; no two events of a world have the same. Microseconds since 1970, by Redis' clock. */
  acceptedAt: string
  /** Whether a cache may hold a timeline that lacks it. */
  unseen: boolean
}

export interface First {
  events: PendingEvent[]
  /** How many are pending in all. */
  pending: number
  /**
   * How long ago the first and the last were accepted, by Redis' clock: below 0 where that clock was set
   * back since. Milliseconds; 0 where none is pending.
   */
  oldestMs: number
  newestMs: number
}

export interface DeadEvent {
  event: AcceptedEvent
  reason: string
  /** When it was set aside. Milliseconds since 1970. */
  atMs: number
}

/** What `first` brings at most, if that is more than one event: bytes of JSON, and places on timelines. */
const maxBytes = 4_000_000
const maxPlaces = 20_000
/** As long as a dead worker's job stays with it. Milliseconds. */
const flushingLifeMs = 10_000

const take = queueScript('take')
const settleScript = queueScript('settle')

/** Pending events, as flushes take them. */
export function createFlushing({ redis, keys }: PendingDeps) {
  async function settle(worldId: string, events: readonly PendingEvent[], reason: string): Promise<void> {
    if (events.length === 0) return
    const args = events.flatMap(({ event, acceptedAt }) => [event.event_id, acceptedAt, ...placesOf(event)])
    const names = [...keys.inOrder(worldId), keys.of(worldId).settlements]
    await settleScript(redis, names, [worldId, reason, ...args])
  }

  return {
    /**
     * The `limit` events that were accepted first, or first after another, which stay pending; fewer where they are large
     * or stand on very many timelines.
     */
    async first(worldId: string, limit: number, after?: PendingEvent): Promise<First> {
      const { events, order, unseen } = keys.of(worldId)
      const answer = await take(redis, [events, order, unseen], [limit, maxBytes, after?.acceptedAt ?? ''])
      const [pending, oldestMs, newestMs, ...rest] = answer as [number, number, number, ...unknown[]]
      const found: PendingEvent[] = []
      let places = 0
      for (const one of chunk(rest, 3)) {
        const [acceptedAt, text, mark] = one as [string, string, number]
        const event = parseJsonText(text) as AcceptedEvent
        places += namesOf(event).length
        if (found.length > 0 && places > maxPlaces) break
        found.push({ event, acceptedAt, unseen: mark === 1 })
      }
      return { events: found, pending, oldestMs, newestMs }
    },

    /** Forgets events that are in the source; exactly these, not what was accepted since under the same ids. */
    forget: (worldId: string, events: readonly PendingEvent[]) => settle(worldId, events, ''),
    /** Puts events aside that the source will never take, with the reason. */
    setAside: (worldId: string, events: readonly PendingEvent[], reason: string) =>
      settle(worldId, events, JSON.stringify(reason)),

    /** Events that were set aside: all of the world's, or those of these ids. */
    async dead(worldId: string, eventIds?: readonly string[]): Promise<DeadEvent[]> {
      const { dead } = keys.of(worldId)
      const asking = eventIds ? redis.hmget(dead, ...eventIds) : redis.hvals(dead)
      const texts: (string | null)[] = await queueAnswered(asking, { redis })
      return texts.flatMap(text => (text === null ? [] : [parseJsonText(text) as unknown as DeadEvent]))
    },

    /**
     * Runs `work` while no other process flushes this world; answers `held` where one does. BullMQ sees to that too, but
     * hands on the job of a worker that only slept. Should two flush all the same, both write the same, idempotently.
     */
    async whileFlushing<T>(worldId: string, work: (lost: AbortSignal) => Promise<T>): Promise<T | 'held'> {
      const lock = await takeLock({ redis, key: keys.of(worldId).flushing, lifeMs: flushingLifeMs })
      if (!lock) return 'held'
      try {
        return await work(lock.lost)
      } finally {
        await lock.release()
      }
    },
  }
}
