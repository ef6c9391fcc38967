import { HearthError } from '../model/errors.ts'
import type { Entry } from './keys.ts'
import type { Leases } from './leases.ts'

/**
 * Entries that may lack a change of this process, because the cache's Redis did not answer it. The process does not read
 * them there before they have been invalidated, which is tried until it succeeds, for each world by itself.
 */
export interface Quarantine {
  has(entry: Entry): boolean
  /** Entries of one world. `onInvalidated` is called when they have been. */
  add(entries: readonly Entry[], onInvalidated: () => void): void
  /** Whether there are any. */
  readonly any: boolean
  /** Whether there are any of this world: then the cache's Redis did not answer a moment ago. */
  anyOf(worldId: string): boolean
  /** Gives up. Safe twice. */
  close(): void
}

interface World {
  entries: Map<string, Entry>
  listeners: (() => void)[]
  timer: NodeJS.Timeout | undefined
}

const firstPauseMs = 50
const maxPauseMs = 1_000

/** Entries that are known one by one. */
const maxEntries = 50_000

interface QuarantineDeps {
  leases: Pick<Leases, 'invalidate'>
  /** Called with entries that are added. */
  onAdd(entries: readonly Entry[]): void
  /** Called when they are too many to be known, and are forgotten: then all that is cached of their worlds must be doubted. */
  onTooMany(worldIds: readonly string[]): void
}

export function createQuarantine({ leases, onAdd, onTooMany }: QuarantineDeps): Quarantine {
  const worlds = new Map<string, World>()
  let count = 0
  let closed = false

  function forgetAll(): void {
    for (const { timer } of worlds.values()) clearTimeout(timer)
    worlds.clear()
    count = 0
  }

  /** What is added meanwhile stays for the next time. */
  async function invalidate(worldId: string, world: World): Promise<void> {
    const now = new Map(world.entries)
    const hearing = world.listeners
    world.listeners = []
    try {
      await leases.invalidate(worldId, [...now.values()])
    } catch (error) {
      world.listeners = [...hearing, ...world.listeners]
      throw error
    }
    for (const hear of hearing) hear()
    if (worlds.get(worldId) !== world) return // they were forgotten meanwhile
    for (const [key, entry] of now) {
      if (world.entries.get(key) !== entry) continue
      world.entries.delete(key)
      count -= 1
    }
    if (world.entries.size === 0) worlds.delete(worldId)
  }

  function tryLater(worldId: string, world: World, pauseMs: number): void {
    if (closed) return
    world.timer = setTimeout(async () => {
      let nextMs = firstPauseMs
      try {
        await invalidate(worldId, world)
      } catch (error) {
        if (!(error instanceof HearthError)) throw error
        nextMs = Math.min(pauseMs * 2, maxPauseMs)
      }
      if (worlds.get(worldId) === world) tryLater(worldId, world, nextMs)
    }, pauseMs)
    world.timer.unref()
  }

  function worldOf(worldId: string): World {
    const known = worlds.get(worldId)
    if (known) return known
    const world: World = { entries: new Map(), listeners: [], timer: undefined }
    worlds.set(worldId, world)
    tryLater(worldId, world, firstPauseMs)
    return world
  }

  return {
    has: ({ key, worldId }) => count > 0 && worlds.get(worldId)?.entries.has(key) === true,
    get any() {
      return count > 0
    },
    anyOf: worldId => worlds.has(worldId),
    add(added, onInvalidated) {
      onAdd(added)
      const [first] = added
      if (!first) return onInvalidated()
      const world = worldOf(first.worldId)
      world.listeners.push(onInvalidated)
      for (const entry of added) {
        if (!world.entries.has(entry.key)) count += 1
        world.entries.set(entry.key, { ...entry }) // unlike one that is being invalidated now
      }
      if (count <= maxEntries) return
      const worldIds = [...worlds.keys()]
      forgetAll()
      onTooMany(worldIds)
    },
    close() {
      closed = true
      forgetAll()
    },
  }
}
