import { randomUUID } from 'node:crypto'
import type { Outbox, OutboxNode } from '../outbox.ts'

/** The outbox of an `embeddedWorld`. What is put aside is forgotten. */
export interface StoredOutbox extends Outbox {
  /** At once, so that it can be part of a step that nothing interrupts. */
  add(worldId: string, node: { id: string; changes: readonly object[] }): void
}

interface Stored {
  id: string
  worldId: string
  /** As text, so that nobody shares what it holds. */
  changes: string
  recordedAtMs: number
  /** The same by the clock of this process that nothing sets. */
  at: number
}

export function storedOutbox(): StoredOutbox {
  const nodes = new Map<string, Stored>()
  let made = 0

  const add: StoredOutbox['add'] = (worldId, { id, changes }) => {
    const changesText = JSON.stringify(changes)
    const node = { id, worldId, changes: changesText, recordedAtMs: Date.now(), at: performance.now() }
    nodes.set(String(++made), node)
  }
  const forget = async (given: readonly OutboxNode[]): Promise<void> => {
    for (const { ref, id } of given) if (nodes.get(ref)?.id === id) nodes.delete(ref)
  }
  return {
    add,
    async record(worldId, changes, id = randomUUID()) {
      add(worldId, { id, changes })
      return id
    },
    async pending(limit) {
      return [...nodes.entries()].slice(0, limit).map(([ref, { changes, at: _, ...node }]) => ({
        ...{ ref, ...node, changes: JSON.parse(changes) },
      }))
    },
    remove: forget,
    setAside: forget,
    async pendingSince({ atLeastMs, atMostMs }) {
      const now = performance.now()
      return [...nodes.values()].some(({ at }) => now - at >= Math.floor(atLeastMs) && now - at <= atMostMs)
    },
    async backlog() {
      const [oldest] = nodes.values() // a Map keeps the order in which they came
      const oldestMs = oldest ? performance.now() - oldest.at : null
      return { pending: nodes.size, oldestMs }
    },
  }
}
