import { randomUUID } from 'node:crypto'
import type { Outbox, OutboxNode } from '../outbox.ts'

/** The outbox of an `embeddedWorld`. What is put aside is forgotten. */
export interface MemoryOutbox extends Outbox {
  /** At once, so that it can be part of a step that nothing interrupts. */
  add(worldId: string, node: { id: string; changes: readonly object[] }): void
}

interface Stored {
  id: string
  worldId: string
  /** As text, so that it has no object in common with the caller. */
  changesText: string
  recordedAtMs: number
  /** The same by a clock that never goes back. */
  at: number
}

export function memoryOutbox(): MemoryOutbox {
  const nodes = new Map<string, Stored>()
  let made = 0

  const add: MemoryOutbox['add'] = (worldId, { id, changes }) => {
    nodes.set(String(++made), {
      id,
      worldId,
      changesText: JSON.stringify(changes),
      recordedAtMs: Date.now(),
      at: performance.now(),
    })
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
      const first = [...nodes].slice(0, limit)
      return first.map(([ref, { at: _, changesText, ...node }]) => ({
        ...node,
        ref,
        changes: JSON.parse(changesText),
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
      return { pending: nodes.size, oldestMs: oldest ? performance.now() - oldest.at : null }
    },
  }
}
