import { LRUCache } from 'lru-cache'
import { HearthError } from '../model/errors.ts'
import { jsonText } from '../model/json-text.ts'
import { type AcceptedEvent, namesOf } from '../model/new-events.ts'
import type { PendingReader } from '../model/source.ts'
import { readablePending } from '../model/with-pending.ts'
import type { Pending } from '../queues/pending.ts'
import type { World } from '../world/world.ts'

/** Pending events for those who load timelines; of what is private, that it is hidden. */
export interface ReadableEvents extends PendingReader {
  /**
   * Keeps what this process has accepted itself, for when the queues' Redis does not answer: until it is flushed, and
   * within a bound of bytes, beyond which what was accepted first is forgotten.
   */
  remember(worldId: string, events: readonly AcceptedEvent[]): void
  /** Of what is kept. */
  readonly bytes: number
  close(): void
}

interface Options {
  pending: Pick<Pending<AcceptedEvent>, 'newest' | 'stillPending'>
  world: Pick<World, 'readable'>
  /** What is kept at most. Bytes, about; default 8 million. */
  maxBytes?: number
  /** How often what was flushed is forgotten. Milliseconds, default 5,000. */
  everyMs?: number
}

interface Own {
  worldId: string
  event: AcceptedEvent
  /** The timelines that it stands on. */
  places: string[]
}

/** An event, and what refers to it, beside its text. */
const overheadBytes = 300
const placeBytes = 150
/** Few enough for one command. */
const askedAtOnce = 1_000

export function createPendingReader({
  pending,
  world,
  maxBytes = 8_000_000,
  everyMs = 5_000,
}: Options): ReadableEvents {
  const byPlace = new Map<string, Set<Own>>()
  const own = new LRUCache<string, Own>({
    maxSize: maxBytes,
    sizeCalculation: ({ event, places }) =>
      jsonText(event).length + overheadBytes + places.length * placeBytes,
    dispose: leavePlaces,
  })
  const keyOf = (worldId: string, id: string) => JSON.stringify([worldId, id])
  let timer: NodeJS.Timeout | undefined

  function leavePlaces(gone: Own): void {
    for (const place of gone.places) {
      const events = byPlace.get(place)
      events?.delete(gone)
      if (events?.size === 0) byPlace.delete(place)
    }
  }

  function remember(worldId: string, event: AcceptedEvent): void {
    const places = namesOf(event).map(id => keyOf(worldId, id))
    const mine: Own = { worldId, event, places }
    const key = keyOf(worldId, event.event_id)
    own.set(key, mine)
    if (own.peek(key) !== mine) return // larger than all that may be kept
    for (const place of places) {
      const events = byPlace.get(place)
      if (events) events.add(mine)
      else byPlace.set(place, new Set([mine]))
    }
  }

  /** What is no longer pending is in the source, or was set aside. While nobody answers everything stays. */
  async function forgetFlushed(): Promise<void> {
    const worlds = new Map<string, Own[]>()
    for (const each of own.values()) {
      const events = worlds.get(each.worldId)
      if (events) events.push(each)
      else worlds.set(each.worldId, [each])
    }
    for (const [worldId, events] of worlds) {
      for (let from = 0; from < events.length; from += askedAtOnce) {
        const some = events.slice(from, from + askedAtOnce)
        const ids = some.map(({ event }) => event.event_id)
        const still = new Set(await pending.stillPending(worldId, ids))
        for (const each of some) {
          const key = keyOf(worldId, each.event.event_id)
          if (!still.has(each.event.event_id) && own.peek(key) === each) own.delete(key)
        }
      }
    }
  }

  function forgetSoon(): void {
    timer ??= setTimeout(async () => {
      await forgetFlushed().catch(() => {})
      timer = undefined
      if (own.size > 0) forgetSoon()
    }, everyMs).unref()
  }

  return {
    remember(worldId, events) {
      for (const event of events) remember(worldId, event)
      forgetSoon()
    },

    get bytes() {
      return own.calculatedSize
    },

    async newestPending(worldId, entityIds, { limit, unstored }) {
      const found = await pending.newest(worldId, entityIds, limit).catch(error => {
        if (!unstored || !(error instanceof HearthError && error.code === 'QueueUnavailable')) throw error
        return entityIds.map(id => Array.from(byPlace.get(keyOf(worldId, id)) ?? [], ({ event }) => event))
      })
      return found.map(events => events.map(event => readablePending(world, event)))
    },

    close() {
      clearTimeout(timer)
      own.clear()
    },
  }
}
