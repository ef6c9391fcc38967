import { HearthError } from '../model/errors.ts'
import { groupBy } from '../model/group-by.ts'
import type { Entry } from './keys.ts'
import type { Leases } from './leases.ts'

/**
 * Entries that may lack a change of this process, because the cache's Redis did not answer it. The process does not read
 * them there before they have been invalidated, which is tried until it succeeds.
 */
export interface Quarantine {
  has(entry: Entry): boolean
  /** `onInvalidated` is called when they have been. */
  add(entries: readonly Entry[], onInvalidated: () => void): void
  /** Whether there are any: then the cache's Redis did not answer a moment ago. */
  readonly any: boolean
  /** Gives up. Safe twice. */
  close(): void
}

const firstPauseMs = 50
const maxPauseMs = 1_000

/** Entries that are known one by one. */
const maxEntries = 50_000

interface QuarantineDeps {
  leases: Pick<Leases, 'invalidate'>
  /** Called with entries that are added. */
  onAdd(entries: readonly Entry[]): void
  /** Called when they are too many to be known, and are forgotten: then the whole cache must be doubted. */
  onTooMany(): void
}

export function createQuarantine({ leases, onAdd, onTooMany }: QuarantineDeps): Quarantine {
  let entries = new Map<string, Entry>()
  let listeners: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined
  let closed = false

  /** What is added meanwhile stays for the next time. */
  async function invalidate(): Promise<void> {
    const known = entries
    const now = new Map(known)
    const hearing = listeners
    listeners = []
    try {
      const byWorld = groupBy(now.values(), ({ worldId }) => worldId)
      for (const [worldId, batch] of byWorld) await leases.invalidate(worldId, batch)
    } catch (error) {
      if (known === entries) listeners = [...hearing, ...listeners] // else they were forgotten meanwhile
      throw error
    }
    for (const hear of hearing) hear()
    for (const [key, entry] of now) if (entries.get(key) === entry) entries.delete(key)
  }

  function tryLater(pauseMs: number): void {
    if (closed) return
    timer = setTimeout(async () => {
      try {
        await invalidate()
        timer = undefined
        if (entries.size > 0) tryLater(firstPauseMs)
      } catch (error) {
        if (!(error instanceof HearthError)) throw error
        tryLater(Math.min(pauseMs * 2, maxPauseMs))
      }
    }, pauseMs)
    timer.unref()
  }

  return {
    has: ({ key }) => entries.size > 0 && entries.has(key),
    get any() {
      return entries.size > 0
    },
    add(added, onInvalidated) {
      onAdd(added)
      listeners.push(onInvalidated)
      for (const entry of added) entries.set(entry.key, { ...entry }) // unlike one that is being invalidated now
      if (entries.size > maxEntries) {
        entries = new Map()
        listeners = []
        onTooMany()
      }
      if (timer === undefined) tryLater(firstPauseMs)
    },
    close() {
      closed = true
      clearTimeout(timer)
      entries = new Map()
      listeners = []
    },
  }
}
