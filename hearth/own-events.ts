import { chunk } from 'es-toolkit'
import { LRUCache } from 'lru-cache'
import { groupBy } from '../model/group-by.ts'
import { type AcceptedEvent, eventText, namesOf } from '../model/new-events.ts'
import type { Pending } from '../queues/pending.ts'

export interface OwnEventsOptions {
  pending: Pick<Pending, 'stillPending'>
  /** What is kept at most. Bytes, about; default 8 million. */
  maxBytes?: number | undefined
}

interface Own {
  worldId: string
  event: AcceptedEvent
  /** The timelines that it stands on. */
  places: string[]
}

/** How often what was flushed is forgotten. Milliseconds. */
const forgetEveryMs = 5_000
/** An event, and what refers to it, beside its text. */
const overheadBytes = 300
const placeBytes = 150
/** Few enough for one command. */
const askedAtOnce = 1_000

/** A world's id has no part in where the other one begins. */
const keyOf = (worldId: string, id: string) => `${worldId.length}:${worldId}${id}`

/**
 * What this process has accepted itself, for when the queues' Redis does not answer: until it is flushed, and within a
 * bound of bytes, beyond which what was accepted first is forgotten.
 */
export function createOwnEvents({ pending, maxBytes = 8_000_000 }: OwnEventsOptions) {
  const byPlace = new Map<string, Set<Own>>()
  const kept = new LRUCache<string, Own>({
    maxSize: maxBytes,
    sizeCalculation: ({ event, places }) =>
      eventText(event).length + overheadBytes + places.length * placeBytes,
    dispose: leavePlaces,
  })
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
    const own: Own = { worldId, event, places }
    const key = keyOf(worldId, event.event_id)
    kept.set(key, own)
    if (kept.peek(key) !== own) return // larger than all that may be kept
    for (const place of places) {
      const events = byPlace.get(place)
      if (events) events.add(own)
      else byPlace.set(place, new Set([own]))
    }
  }

  /** What is no longer pending is in the source, or was set aside. While Redis does not answer everything stays. */
  async function forgetFlushed(): Promise<void> {
    for (const [worldId, events] of groupBy(kept.values(), own => own.worldId)) {
      for (const batch of chunk(events, askedAtOnce)) {
        const ids = batch.map(({ event }) => event.event_id)
        const still = new Set(await pending.stillPending(worldId, ids))
        for (const own of batch) {
          const key = keyOf(worldId, own.event.event_id)
          if (!still.has(own.event.event_id) && kept.peek(key) === own) kept.delete(key)
        }
      }
    }
  }

  function forgetSoon(): void {
    timer ??= setTimeout(async () => {
      await forgetFlushed().catch(() => {})
      timer = undefined
      if (kept.size > 0) forgetSoon()
    }, forgetEveryMs).unref()
  }

  return {
    remember(worldId: string, events: readonly AcceptedEvent[]): void {
      for (const event of events) remember(worldId, event)
      forgetSoon()
    },
    /** Those that are kept of an entity's timeline. */
    of: (worldId: string, entityId: string): AcceptedEvent[] =>
      Array.from(byPlace.get(keyOf(worldId, entityId)) ?? [], ({ event }) => event),
    /** Of what is kept. */
    get bytes() {
      return kept.calculatedSize
    },
    close(): void {
      clearTimeout(timer)
      kept.clear()
    },
  }
}
