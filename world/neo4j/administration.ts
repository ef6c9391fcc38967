import { type AdoptOptions, type AdoptReport, adoptWorld, type SharedIds, sharedIds } from './adopt.ts'
import type { Connection } from './connection.ts'
import { dataConcerns } from './data-concerns.ts'
import type { KnownIndexes } from './known-indexes.ts'
import { lackingSchema, makeSchema, type SchemaReport } from './schema.ts'

export interface Neo4jFacts {
  version: string
  /** What `schema()` would make, such as `(:World) world_id`. */
  lacking: string[]
  /** What of the data cannot be read, or not as may be expected; see `dataConcerns`. */
  concerns: string[]
}

/** What an operator does with worlds in Neo4j, beside reading and writing them. */
export interface Neo4jAdministration {
  /** Makes Hearth's constraints and indexes; see `makeSchema`. */
  schema(): Promise<SchemaReport>
  facts(): Promise<Neo4jFacts>
  /** `facts().concerns`, of more of the data. */
  concerns(): Promise<string[]>
  /** The entities that `adopt` leaves as they are. */
  sharedIds(worldId: string): Promise<SharedIds>
  /** Makes an indexed world of a plain one; see `adoptWorld`. `schema()` comes first, or it takes very long. */
  adopt(worldId: string, options?: AdoptOptions): Promise<AdoptReport>
}

/** Nodes of each label that are looked at: at every start few, by `hearth schema` many. */
const [fewNodes, manyNodes] = [1_000, 100_000]

const versionCypher =
  "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0] AS version"

export const administrationOf = (connection: Connection, indexes: KnownIndexes): Neo4jAdministration => ({
  async schema() {
    const report = await makeSchema(connection)
    await indexes.check()
    return report
  },
  async facts() {
    const [row] = await connection.alter(versionCypher)
    return {
      version: String(row?.['version']),
      lacking: await lackingSchema(connection),
      concerns: await dataConcerns(connection, fewNodes),
    }
  },
  concerns: () => dataConcerns(connection, manyNodes),
  sharedIds: worldId => sharedIds(connection, worldId),
  adopt: (worldId, options = {}) => adoptWorld(connection, worldId, options),
})
