import { LRUCache } from 'lru-cache'

/** A property of the source's that readers do not get as it stands there, since it is no JSON or has no JSON value. */
export interface Unreadable {
  worldId: string
  /** The label of its node. */
  of: 'World' | 'TimelineEvent' | 'Character' | 'Location' | 'Object'
  /** Of the entity or the event; null for the world itself. */
  id: string | null
  property: string
  /** What is wrong, and where in the text; without the text, which may be private. */
  reason: string
  /** How many such properties of this label were reported so far, with this one. */
  count: number
}

/** How many properties are remembered as reported. */
const remembered = 5_000

export function createUnreadableReports() {
  const reported = new LRUCache<string, true>({ max: remembered })
  const counts = new Map<Unreadable['of'], number>()
  const listeners: ((what: Unreadable) => void)[] = []
  return {
    /** Each property once, while it is among the last 5,000 that were reported. */
    report(what: Omit<Unreadable, 'count'>): void {
      const key = JSON.stringify([what.worldId, what.of, what.id, what.property])
      if (reported.has(key)) return
      reported.set(key, true)
      const count = (counts.get(what.of) ?? 0) + 1
      counts.set(what.of, count)
      for (const listener of listeners) listener({ ...what, count })
    },
    listen: (listener: (what: Unreadable) => void) => void listeners.push(listener),
  }
}

/** For a metric: the names of entities' properties are the game's own, and there may be any number of them. */
export const labelOf = ({ of, property }: Unreadable): string =>
  of === 'World' || of === 'TimelineEvent' ? `${of}.${property}` : `${of}.*`
