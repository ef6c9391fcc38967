import { entityTypes } from '../../model/world-data.ts'
import { type AdoptOptions, type AdoptReport, adoptWorld, type SharedIds, sharedIds } from './adopt.ts'
import { isNumeric } from './at.ts'
import type { Connection } from './connection.ts'
import { isIdLike, nodeOf } from './graph.ts'
import { type KnownIndexes, lackingSchema, makeSchema, type SchemaReport } from './schema.ts'

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

export const administrationOf = (
  connection: Connection,
  indexes: KnownIndexes,
  fleet?: string,
): Neo4jAdministration => ({
  async schema() {
    const report = await makeSchema(connection, fleet)
    await indexes.check()
    return report
  },
  async facts() {
    const [row] = await connection.alter(versionCypher)
    return {
      version: String(row?.['version']),
      lacking: await lackingSchema(connection, fleet),
      concerns: await dataConcerns(connection, fewNodes),
    }
  },
  concerns: () => dataConcerns(connection, manyNodes),
  sharedIds: worldId => sharedIds(connection, worldId),
  adopt: (worldId, options = {}) => adoptWorld(connection, worldId, options),
})

interface Rule {
  label: string
  property: string
  /** Cypher: whether node `n` breaks it. */
  isBroken: string
  /** What follows "12 of 1,000 are". */
  said: string
}

const idRule = (label: string, property: string, consequence: string): Rule => ({
  label,
  property,
  isBroken: `NOT ${isIdLike(`n.${property}`)}`,
  said: `neither text nor INTEGER: ${consequence}`,
})

const rules: readonly Rule[] = [
  {
    label: 'World',
    property: 'world_id',
    isBroken: 'NOT n.world_id IS :: STRING NOT NULL',
    said: 'not text, so Hearth does not find these worlds: SET n.world_id = toString(n.world_id)',
  },
  ...entityTypes.map(type =>
    idRule(nodeOf[type].label, nodeOf[type].id, `Hearth does not find these ${type}s`),
  ),
  idRule('Timeline', 'entity_id', 'Hearth does not read these timelines'),
  idRule('TimelineEvent', 'event_id', 'Hearth does not show these events, or cannot index them'),
  {
    label: 'TimelineEvent',
    property: 'timestamp',
    isBroken: isNumeric('n.timestamp'),
    said:
      'numbers, of which Hearth cannot know the unit. They sort by value, older than every date, and their ' +
      'timelines are sorted whole at each load. If they are seconds since 1970: ' +
      'SET n.timestamp = datetime({epochMillis: toInteger(toFloat(n.timestamp) * 1000)})',
  },
  {
    label: 'TimelineEvent',
    property: 'timestamp',
    isBroken: `NOT ${isNumeric('n.timestamp')} AND coalesce(NOT toStringOrNull(n.timestamp) =~ '[+-]?[0-9]{4,6}-.*', true)`,
    said: 'neither dates nor numbers, so these events count as the oldest: ISO text or DATETIME sorts right',
  },
]

/**
 * What of the game's data Hearth cannot read, or reads in another way than may be expected; a sentence each. Looks at the
 * first `sample` nodes of each label.
 */
export async function dataConcerns(connection: Connection, sample: number): Promise<string[]> {
  const concerns: string[] = []
  for (const { label, property, isBroken, said } of rules) {
    const [row = {}] = await connection.alter(
      `MATCH (n:${label}) WITH n LIMIT ${sample} RETURN count(n) AS all, sum(CASE WHEN ${isBroken} THEN 1 ELSE 0 END) AS broken`,
    )
    const [all, broken] = [Number(row['all'] ?? 0), Number(row['broken'] ?? 0)]
    const of = all < sample ? `${all}` : `the first ${sample}`
    if (broken > 0) concerns.push(`(:${label}) ${property}: ${broken} of ${of} are ${said}`)
  }
  return concerns
}
