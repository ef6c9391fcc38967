import { randomUUID } from 'node:crypto'
import type { Outbox, OutboxNode } from './outbox.ts'

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
}

export function storedOutbox(): StoredOutbox {
  const nodes = new Map<string, Stored>()
  let made = 0

  const add: StoredOutbox['add'] = (worldId, { id, changes }) => {
    nodes.set(String(++made), { id, worldId, changes: JSON.stringify(changes), recordedAtMs: Date.now() })
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
      return [...nodes.entries()].slice(0, limit).map(([ref, { changes, ...node }]) => ({
        ...{ ref, ...node, changes: JSON.parse(changes) },
      }))
    },
    remove: forget,
    setAside: forget,
    async pendingSince({ atLeastMs, atMostMs }) {
      const now = Date.now()
      return [...nodes.values()].some(({ recordedAtMs }) => {
        const ageMs = now - recordedAtMs
        return ageMs >= Math.floor(atLeastMs) && ageMs <= Math.ceil(atMostMs)
      })
    },
    async backlog() {
      const [oldest] = nodes.values() // a Map keeps the order in which they came
      const oldestMs = oldest ? Math.max(0, Date.now() - oldest.recordedAtMs) : null
      return { pending: nodes.size, oldestMs }
    },
  }
}
