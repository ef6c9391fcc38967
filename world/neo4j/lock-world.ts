import { worldNotFound } from '../../model/input.ts'
import type { Query } from './connection.ts'

/** Cypher: holds the node `w` until the transaction ends. */
export const holdWorld = 'SET w.hearth_lock = true REMOVE w.hearth_lock'

/**
 * Holds the world's node until the transaction ends, so that writes to one world follow one another: what a later
 * query of the transaction reads is the newest, and nothing is made twice where no constraint forbids it.
 * @throws HearthError `WorldNotFound`
 */
export async function lockWorld(query: Query, worldId: string): Promise<void> {
  const rows = await query(`MATCH (w:World {world_id: $worldId}) ${holdWorld} RETURN 1 AS one`, { worldId })
  if (rows.length === 0) throw worldNotFound(worldId)
}
