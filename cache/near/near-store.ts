import { LRUCache } from 'lru-cache'
import type { Item, Kind } from '../../model/kind.ts'
import type { LoadMany } from '../fill-request.ts'
import type { Entry } from '../keys.ts'

/** Whether numbers in the value keep their digits, as `exactRead` hands it out. */
export type Form = 'plain' | 'exact'

/** An entry's value in the process's memory, as one tracked read brought it. */
export interface NearValue {
  readonly entry: Entry
  readonly form: Form
  /** Frozen; null for what does not exist. */
  readonly value: unknown
  /** When its entry in Redis expires at the earliest, by `performance.now()`. */
  readonly expiresAt: number
  /** How the reader that brought it would load it anew. */
  readonly load: LoadMany<unknown>
  /** False as soon as it was invalidated, evicted or dropped. */
  stands: boolean
  /** Reads that it served and that are not yet counted. */
  uncounted: number
}

/** Stands for an entry while it is being read from Redis. */
export interface Placeholder {
  readonly key: string
  /** Reads under way. */
  reads: number
}

export interface Kept extends Pick<NearValue, 'entry' | 'form' | 'value' | 'expiresAt' | 'load'> {
  /** Of the text that it was made of. */
  length: number
}

export interface NearStore {
  find(form: Form, kind: Kind, worldId: string, item: Item): NearValue | undefined
  /** It was read: among those that make room it comes last. */
  used(near: NearValue): void
  /**
   * Call it before the GET is sent, and `keep` or `forget` once with what it returns. An invalidation that arrives before
   * the answer removes the placeholder, and with it the right to keep the answer, which may be the older value.
   */
  expect(key: string): Placeholder
  keep(placeholder: Placeholder, found: Kept): void
  forget(placeholder: Placeholder): void
  /** What changed, or may have, is near no more. */
  drop(key: string): void
  /** Nothing is near any more, and what is being read will not be kept. */
  clear(): void
  readonly bytes: number
  readonly entries: number
  /** Values that had to make room. */
  readonly evictions: number
}

/** What an entry costs beside its text: its key, its records, its places in the maps. Bytes. */
const overhead = 500

/** By world, by id. */
type Shelf = Map<string, Map<string, NearValue>>

/**
 * Values by entry; the least recently used make room. They are found by kind, world and id: making a key of these costs
 * more than all the rest of a near read.
 * @param maxBytes of JSON text, and 500 for each entry
 */
export function createNearStore(maxBytes: number): NearStore {
  const shelves = new Map<Kind, Map<string, Shelf>>()
  const placeholders = new Map<string, Placeholder>()
  let evictions = 0
  const values = new LRUCache<string, NearValue>({
    maxSize: maxBytes,
    dispose(near, _key, reason) {
      near.stands = false
      if (reason === 'evict') evictions += 1
      if (reason !== 'set') takeFromShelf(near)
    },
  })

  function shelfOf({ form, entry: { kind, item } }: NearValue): Shelf {
    const shelvesOfKind = getOrMake(shelves, kind, () => new Map<string, Shelf>())
    return getOrMake(shelvesOfKind, labelOf(form, item), () => new Map())
  }

  function takeFromShelf(near: NearValue): void {
    const shelf = shelfOf(near)
    const world = shelf.get(near.entry.worldId)
    world?.delete(idOf(near.entry.item))
    if (world?.size === 0) shelf.delete(near.entry.worldId)
  }

  /** Whether the placeholder stood until now. */
  function release(placeholder: Placeholder): boolean {
    const stood = placeholders.get(placeholder.key) === placeholder
    placeholder.reads -= 1
    if (stood && placeholder.reads === 0) placeholders.delete(placeholder.key)
    return stood
  }

  return {
    find(form, kind, worldId, item) {
      return shelves.get(kind)?.get(labelOf(form, item))?.get(worldId)?.get(idOf(item))
    },

    used({ form, entry, stands }) {
      if (stands) values.get(lruKey(form, entry.key))
    },

    expect(key) {
      const placeholder = getOrMake(placeholders, key, () => ({ key, reads: 0 }))
      placeholder.reads += 1
      return placeholder
    },

    keep(placeholder, { entry, form, value, expiresAt, load, length }) {
      if (!release(placeholder)) return
      // What each read looks at stands first: together in one line of the processor's cache.
      const near: NearValue = { stands: true, uncounted: 0, value, expiresAt, entry, form, load }
      const { key, worldId, item } = entry
      const kept = lruKey(form, key)
      values.set(kept, near, { size: length + key.length + overhead })
      if (!values.has(kept)) return takeFromShelf(near) // larger than all that may be near
      getOrMake(shelfOf(near), worldId, () => new Map()).set(idOf(item), near)
    },

    forget: release,

    drop(key) {
      placeholders.delete(key)
      values.delete(lruKey('plain', key))
      values.delete(lruKey('exact', key))
    },

    clear() {
      placeholders.clear()
      values.clear()
    },

    get bytes() {
      return values.calculatedSize
    },
    get entries() {
      return values.size
    },
    get evictions() {
      return evictions
    },
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

const lruKey = (form: Form, key: string): string => (form === 'plain' ? key : `=${key}`)

function labelOf(form: Form, item: Item): string {
  const type = typeof item === 'object' && item !== null ? item.type : ''
  return form === 'plain' ? type : `=${type}`
}

const idOf = (item: Item): string => (typeof item === 'string' ? item : (item?.id ?? ''))
