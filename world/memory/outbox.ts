import { randomUUID } from 'node:crypto'
import type { OutboxNode } from '../../model/outbox-node.ts'
import type { Outbox, Recorded } from '../world.ts'

/** A node; its changes are text, so that they have no object in common with the caller. */
const nodeOf = (worldId: string, { id, changes }: { id: string; changes: readonly object[] }) => ({
  id,
  worldId,
  changesText: JSON.stringify(changes),
  recordedAtMs: Date.now(),
  /** The same by a clock that never goes back. */
  at: performance.now(),
})

/** The outbox of an `embeddedWorld`. What is put aside is forgotten. */
export function memoryOutbox() {
  const nodes = new Map<string, ReturnType<typeof nodeOf>>()
  let made = 0

  const add = (...node: Parameters<typeof nodeOf>) => void nodes.set(String(++made), nodeOf(...node))
  const since = ({ atLeastMs, atMostMs }: Recorded) => {
    const now = performance.now()
    return [...nodes.values()].filter(({ at }) => now - at >= Math.floor(atLeastMs) && now - at <= atMostMs)
  }
  const forget = async (given: readonly OutboxNode[]): Promise<void> => {
    for (const { ref, id } of given) if (nodes.get(ref)?.id === id) nodes.delete(ref)
  }
  return {
    /** At once, so that it can be part of a step that nothing interrupts. */
    add,
    async record(worldId, changes, id = randomUUID()) {
      add(worldId, { id, changes })
      return id
    },
    async pending(limit, { except = [] } = {}) {
      const first = [...nodes].filter(([, { worldId }]) => !except.includes(worldId)).slice(0, limit)
      return first.map(([ref, { at: _, changesText, ...node }]) => ({
        ...node,
        ref,
        changes: JSON.parse(changesText),
      }))
    },
    remove: forget,
    setAside: forget,
    pendingSince: async recorded => since(recorded).length > 0,
    async worldsSince(recorded, { except, limit }) {
      const worlds = new Set(since(recorded).map(({ worldId }) => worldId))
      return [...worlds].filter(worldId => !except.includes(worldId)).slice(0, limit)
    },
    async backlog() {
      const [oldest] = nodes.values() // a Map keeps the order in which they came
      return { pending: nodes.size, oldestMs: oldest ? performance.now() - oldest.at : null }
    },
  } satisfies Outbox & { add: unknown }
}
