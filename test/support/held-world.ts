import type { World } from '../../world/world.ts'

/** The loads that can be held: those of values that are cached. */
const loadMethods = ['flags', 'snapshot', 'entities', 'timelines', 'query'] as const
export type LoadMethod = (typeof loadMethods)[number]

export interface HeldLoad {
  /** Settles when a load has reached this point; it then waits for `release`. */
  started: Promise<void>
  release(): void
}

/** Counts loads, and lets a test stop one in the middle. */
export interface HeldWorld extends World {
  /** All loads so far; one of many entities or timelines counts once. */
  readonly loads: number
  loadsOf(method: LoadMethod): number
  /** How often this entity, or this entity's timeline, was asked for. */
  loadsOfId(method: 'entities' | 'timelines' | 'query', id: string): number
  /**
   * Holds the next load that begins (of this method, where one is named). `'after-reading'`, the default, holds what
   * it read, so that what changes meanwhile is not in it; `'before-reading'` lets it see those changes.
   */
  holdNextLoad(options?: { method?: LoadMethod; at?: 'after-reading' | 'before-reading' }): HeldLoad
  /** Makes the next `times` loads fail. */
  failNextLoad(error: Error, times?: number): void
}

interface Hold {
  method: LoadMethod | undefined
  at: 'after-reading' | 'before-reading'
  start(): void
  released: Promise<void>
}

export function holdLoads(world: World): HeldWorld {
  const counts = new Map<string, number>()
  const holds: Hold[] = []
  const failures: Error[] = []
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
  const counted = (what: string) => counts.get(what) ?? 0

  const load = async <T>(method: LoadMethod, ids: readonly string[], read: () => Promise<T>): Promise<T> => {
    count(method)
    for (const id of ids) count(`${method} ${id}`)
    const failure = failures.shift()
    if (failure) throw failure
    const next = holds.findIndex(hold => hold.method === undefined || hold.method === method)
    const [hold] = next === -1 ? [] : holds.splice(next, 1)
    if (!hold) return read()
    const value = hold.at === 'after-reading' ? await read() : undefined
    hold.start()
    await hold.released
    return value === undefined ? read() : value
  }

  return {
    outbox: world.outbox,
    ready: () => world.ready(),
    flags: worldId => load('flags', [], () => world.flags(worldId)),
    snapshot: worldId => load('snapshot', [], () => world.snapshot(worldId)),
    entities: (worldId, refs) => {
      const ids = refs.map(ref => ref.id)
      return load('entities', ids, () => world.entities(worldId, refs))
    },
    timelines: (worldId, ids, limit) => load('timelines', ids, () => world.timelines(worldId, ids, limit)),
    query: (kind, worldId, items) => {
      const ids = items.map(item => (typeof item === 'string' ? item : (item?.id ?? '')))
      return load('query', ids, () => world.query(kind, worldId, items))
    },
    passing: (kind, worldId, found) => world.passing(kind, worldId, found),
    members: (worldId, page) => world.members(worldId, page),
    saveSnapshot: (worldId, snapshot, through) => world.saveSnapshot(worldId, snapshot, through),
    setFlags: (worldId, patch, through) => world.setFlags(worldId, patch, through),
    putEntities: (worldId, entities) => world.putEntities(worldId, entities),
    removeEntities: (worldId, refs) => world.removeEntities(worldId, refs),
    addEvents: (worldId, events) => world.addEvents(worldId, events),
    readable: event => world.readable(event),
    close: () => world.close(),

    get loads() {
      return loadMethods.reduce((sum, method) => sum + counted(method), 0)
    },
    loadsOf: counted,
    loadsOfId: (method, id) => counted(`${method} ${id}`),
    holdNextLoad({ method, at = 'after-reading' } = {}) {
      let start = () => {}
      let release = () => {}
      const started = new Promise<void>(resolve => {
        start = resolve
      })
      const released = new Promise<void>(resolve => {
        release = resolve
      })
      holds.push({ method, at, start, released })
      return { started, release }
    },
    failNextLoad(error, times = 1) {
      failures.push(...Array<Error>(times).fill(error))
    },
  }
}
