import type { CypherRead } from '../../config/define.ts'
import type { Privacy } from '../../model/privacy.ts'
import type { Unreadable } from '../unreadable.ts'
import type { Connection } from './connection.ts'
import type { KnownIndexes } from './schema.ts'
import type { Report } from './values.ts'

/** What the parts of a world in Neo4j share. */
export interface Context {
  connection: Connection
  indexes: Pick<KnownIndexes, 'current'>
  privacy: Privacy
  /** Whose outbox gets what a write records; undefined for the fleet without a name. */
  fleet: string | undefined
  /** Reports the bookmarks of commits in this world. */
  bookmarksOf(worldId: string): (bookmarks: readonly string[]) => void
  /** Cypher of the game's own; see `OwnCypher`. */
  own: { readonly [read in CypherRead]?: string }
  /** Takes what is reported of one node: the world's, an entity's or an event's. */
  reportOf(worldId: string, of: Unreadable['of'], id: string | null): Report
}
