import { HearthError } from '../model/errors.ts'
import type { World } from '../world/world.ts'

/** In place of the source where no Neo4j is configured: what is warm can be read, what is not is a clear error. */
export function noWorld(): World {
  const refuse = async (): Promise<never> => {
    throw new HearthError(
      'WorldUnavailable',
      'It is not warm, and cannot be loaded, since no Neo4j is configured: set HEARTH_NEO4J_URI, or warm it first.',
    )
  }
  return {
    outbox: {
      record: refuse,
      pending: refuse,
      remove: refuse,
      setAside: refuse,
      pendingSince: refuse,
      backlog: refuse,
    },
    ready: refuse,
    flags: refuse,
    snapshot: refuse,
    entities: refuse,
    timelines: refuse,
    query: refuse,
    passing: refuse,
    members: refuse,
    saveSnapshot: refuse,
    setFlags: refuse,
    putEntities: refuse,
    removeEntities: refuse,
    addEvents: refuse,
    readable: () => null,
    close: async () => {},
  }
}
