import { chunk } from 'es-toolkit'
import { isId } from '../model/ids.ts'
import { jsonText, parseJsonText } from '../model/json-text.ts'
import { requireWritable } from '../resilience/redis-failover.ts'
import { defaultPrefix, type QueuePlace } from './connect.ts'
import { createPendingAges } from './pending-ages.ts'
import { createPendingKeys, placeOf } from './pending-keys.ts'
import { openRedis, queueAnswered } from './redis.ts'
import { queueScript } from './script.ts'

/**
 * The events that were accepted and are not yet in the truth, in the queues' Redis, which is durable and never evicts.
 * Every method rejects with `QueueUnavailable` where it does not answer.
 */
export interface Pending<Event extends { event_id: string }> {
  /**
   * Accepts the events of each call, whole or not at all, in one step. Of an event that is pending already the first
   * one stays, and comes back in place of the one that was given; but where that one is private, it is private from now
   * on. An event that was set aside is pending anew.
   */
  accept(worldId: string, calls: readonly (readonly Event[])[]): Promise<Accepted<Event>>
  /**
   * For each entity the newest `limit` pending events that stand on its timeline and are not private, newest first, and
   * among and after them the private ones, of which only the id is given.
   */
  newest(worldId: string, entityIds: readonly string[], limit: number): Promise<Event[][]>
  /**
   * The `limit` events that were accepted first, which stay pending; fewer where they are large or stand on very many
   * timelines.
   */
  first(worldId: string, limit: number): Promise<First<Event>>
  /** Those of the ids that are pending. */
  stillPending(worldId: string, eventIds: readonly string[]): Promise<string[]>
  /** Notes that no cache holds a timeline which lacks these events. */
  seen(worldId: string, eventIds: readonly string[]): Promise<void>
  /** Whether a cache may hold a timeline that lacks an event which was accepted so long ago, or longer. Milliseconds. */
  unseenSince(ageMs: number): Promise<boolean>
  /** Forgets events that are in the truth; exactly these, not what was accepted since under the same ids. */
  forget(worldId: string, events: readonly PendingEvent<Event>[]): Promise<void>
  /** Puts events aside that the truth will never take, with the reason. */
  setAside(worldId: string, events: readonly PendingEvent<Event>[], reason: string): Promise<void>
  /** Events that were set aside, all of them or those of these ids; of a world, or of all that have some. */
  dead(worldId: string, eventIds?: readonly string[]): Promise<DeadEvent<Event>[]>
  /** Takes or keeps the right to flush the world, for `lifeMs`; false where another `token` has it. */
  hold(worldId: string, token: string, lifeMs: number): Promise<boolean>
  release(worldId: string, token: string): Promise<void>
  /** Worlds that have pending events. */
  worlds(): Promise<string[]>
  /** Over all worlds. */
  totals(): Promise<PendingTotals>
  /** Safe twice. */
  close(): void
}

export interface Accepted<Event> {
  /** How many were pending before, and are now. */
  before: number
  pending: number
  /** For each call its events as they are pending, and how many of them are new; or why it was refused. */
  calls: ({ events: Event[]; fresh: number } | Refused)[]
}

/** `too-many`: more of the world's events would be pending than may be. `full`: the queues' Redis has no room to spare. */
export type Refused = 'too-many' | 'full'

export interface PendingEvent<Event> {
  event: Event
  /** When it was accepted; no two events of a world have the same. Microseconds since 1970, by Redis' clock. */
  acceptedAt: string
  /** Whether a cache may hold a timeline that lacks it. */
  unseen: boolean
}

export interface First<Event> {
  events: PendingEvent<Event>[]
  /** How many are pending in all. */
  pending: number
  /**
   * How long ago the first and the last were accepted, by Redis' clock: below 0 where that clock was set
   * back since. Milliseconds; 0 where none is pending.
   */
  oldestMs: number
  newestMs: number
}

export interface DeadEvent<Event> {
  event: Event
  reason: string
  /** When it was set aside. Milliseconds since 1970. */
  atMs: number
}

export interface PendingTotals {
  pending: number
  dead: number
  /** Age of the oldest pending event, by this process's own clock; 0 where there is none. */
  oldestMs: number
}

export interface PendingOptions<Event> extends QueuePlace {
  /** An id as it stands in a key; without colons. */
  encodeId(id: string, field: string): string
  /** Whose timelines an event stands on, and the time that orders it there, in microseconds since 1970. */
  standsOn(event: Event): { entityIds: readonly string[]; at: bigint; isPrivate: boolean }
  /** How many events of a world may be pending. Default 100,000. */
  most?: number
  onTrouble?(error: Error): void
}

export const defaultPendingMax = 100_000

/** Of a server that never evicts, pending events may fill so much: the rest is for the jobs that write them to the source. */
const fullShare = 0.8
/** What `first` brings at most, if that is more than one event: bytes of JSON, and places on timelines. */
const mostBytes = 4_000_000
const mostPlaces = 20_000
/** Timelines that one script looks at. */
const timelinesAtOnce = 500

const scripts = {
  accept: queueScript('accept'),
  take: queueScript('take'),
  settle: queueScript('settle'),
  newest: queueScript('newest'),
  unseen: queueScript('unseen'),
  lead: queueScript('lead'),
  stepDown: queueScript('step-down'),
}

/** A call waits this long; one that a lost connection has swallowed is sent once more, which repeats nothing. */
const patience = { maxRetriesPerRequest: 1, connectTimeout: 2_000, commandTimeout: 1_000 }

export function createPending<Event extends { event_id: string }>({
  address,
  prefix = defaultPrefix,
  encodeId,
  standsOn,
  most = defaultPendingMax,
  onTrouble = () => {},
}: PendingOptions<Event>): Pending<Event> {
  const redis = openRedis(address, patience, onTrouble)
  const keys = createPendingKeys(prefix, encodeId)
  const ages = createPendingAges()

  /** The event's places as the scripts take them, behind how many they are; and whether it is private. */
  const placed = (event: Event) => {
    const { entityIds, at, isPrivate } = standsOn(event)
    const places = [...new Set(entityIds)].map(id => placeOf(encodeId(id, 'entityId'), at, event.event_id))
    return { isPrivate, places: [places.length, ...places] }
  }

  async function settle(worldId: string, events: readonly PendingEvent<Event>[], reason: string) {
    if (events.length === 0) return
    const args = events.flatMap(({ event, acceptedAt }) => [
      event.event_id,
      acceptedAt,
      ...placed(event).places,
    ])
    await scripts.settle(redis, keys.all(worldId), [worldId, reason, ...args])
  }

  return {
    async accept(worldId, calls) {
      const args = calls.flatMap(events => [
        events.length,
        ...events.flatMap(event => {
          const { isPrivate, places } = placed(event)
          return [event.event_id, jsonText(event), isPrivate ? 1 : 0, ...places]
        }),
      ])
      const answer = await scripts.accept(redis, keys.all(worldId), [most, worldId, fullShare, ...args])
      const [before, pending, answers] = answer as [number, number, (number | [number, ...unknown[]])[]]
      return {
        before,
        pending,
        calls: calls.map((given, i) => {
          const found = answers[i]
          if (typeof found !== 'object') return found === -2 ? 'full' : 'too-many'
          const [fresh, ...others] = found
          const events = [...given]
          for (let at = 0; at < others.length; at += 2) {
            events[(others[at] as number) - 1] = parseJsonText(others[at + 1] as string) as Event
          }
          return { events, fresh }
        }),
      }
    },

    async newest(worldId, entityIds, limit) {
      const [events, , places, , , , , hidden] = keys.all(worldId)
      const found: Event[][] = []
      for (const some of chunk(entityIds, timelinesAtOnce)) {
        const names = [events, places, hidden, keys.probe]
        const ids = some.map(id => encodeId(id, 'entityId'))
        const lists = (await scripts.newest(redis, names, [limit, ...ids])) as string[][]
        for (const i of some.keys()) found.push((lists[i] ?? []).map(text => parseJsonText(text) as Event))
      }
      return found
    },

    async first(worldId, limit) {
      const [events, order, , unseen] = keys.all(worldId)
      const answer = await scripts.take(redis, [events, order, unseen], [limit, mostBytes])
      const [pending, oldestMs, newestMs, ...rest] = answer as [number, number, number, ...unknown[]]
      const found: PendingEvent<Event>[] = []
      let placesSoFar = 0
      for (let at = 0; at < rest.length; at += 4) {
        const [, acceptedAt, text, mark] = rest.slice(at, at + 4) as [string, string, string, number]
        const event = parseJsonText(text) as Event
        placesSoFar += standsOn(event).entityIds.length
        if (found.length > 0 && placesSoFar > mostPlaces) break
        found.push({ event, acceptedAt, unseen: mark === 1 })
      }
      return { events: found, pending, oldestMs, newestMs }
    },

    async stillPending(worldId, eventIds) {
      if (eventIds.length === 0) return []
      const [, order] = keys.all(worldId)
      const scores = await queueAnswered(() => redis.zmscore(order, ...eventIds))
      return eventIds.filter((_, i) => scores[i] !== null)
    },

    async seen(worldId, eventIds) {
      const [, , , unseen] = keys.all(worldId)
      await queueAnswered(() => redis.srem(unseen, ...eventIds), { redis })
    },

    async unseenSince(ageMs) {
      await queueAnswered(() => requireWritable(redis, keys.probe), { redis })
      for (const worldId of await this.worlds()) {
        const [, order, , unseen] = keys.all(worldId)
        if ((await scripts.unseen(redis, [order, unseen], [Math.floor(ageMs)])) === 1) return true
      }
      return false
    },

    forget: (worldId, events) => settle(worldId, events, ''),
    setAside: (worldId, events, reason) => settle(worldId, events, JSON.stringify(reason)),

    async dead(worldId, eventIds) {
      const [, , , , dead] = keys.all(worldId)
      const texts = eventIds
        ? await queueAnswered(redis.hmget(dead, ...eventIds), { redis })
        : await queueAnswered(redis.hvals(dead), { redis })
      return texts.flatMap(text => (text === null ? [] : [parseJsonText(text) as DeadEvent<Event>]))
    },

    async hold(worldId, token, lifeMs) {
      return (await scripts.lead(redis, [keys.flushing(worldId)], [token, lifeMs])) === 1
    },
    async release(worldId, token) {
      await scripts.stepDown(redis, [keys.flushing(worldId)], [token])
    },

    // What another program put there and is no id has no events.
    worlds: async () => (await queueAnswered(redis.smembers(keys.worlds), { redis })).filter(isId),

    async totals() {
      const [worlds, deadWorlds] = await queueAnswered(
        Promise.all([redis.smembers(keys.worlds), redis.smembers(keys.deadWorlds)]),
      ).then(both => both.map(ids => ids.filter(isId)) as [string[], string[]])
      const counts = await Promise.all(worlds.map(worldId => this.first(worldId, 1)))
      const oldestMs = ages.oldestOf(worlds, counts)
      const dead = await queueAnswered(Promise.all(deadWorlds.map(id => redis.hlen(keys.all(id)[4]))))
      return {
        pending: counts.reduce((sum, { pending }) => sum + pending, 0),
        dead: dead.reduce((sum, count) => sum + count, 0),
        oldestMs,
      }
    },

    close: () => redis.disconnect(),
  }
}
