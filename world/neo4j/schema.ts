import { setTimeout as pause } from 'node:timers/promises'
import { HearthError } from '../../model/errors.ts'
import { entityTypes } from '../../model/world-data.ts'
import type { Connection } from './connection.ts'
import { nodeOf } from './graph.ts'
import { outboxLabels } from './outbox-cypher.ts'

/** The index that the top of a timeline is read from. */
export const timelineIndex = {
  type: 'CONTAINS_EVENT',
  properties: ['world_id', 'entity_id', 'at', 'event_id'],
} as const

/** The index that the oldest node of a fleet's outbox is found by. */
const outboxIndex = (fleet?: string) => ({ label: outboxLabels(fleet).pending, properties: ['recorded_at'] })

/** What `schema()` did, a row for each constraint and index that Hearth reads or writes by. */
export type SchemaReport = SchemaRow[]

export interface SchemaRow {
  name: string
  /** Such as `(:Character) world_id, character_id`. */
  on: string
  /** `kept the game's own`: one of the same properties stands under another name, and serves as well. */
  outcome: 'created' | 'there already' | "kept the game's own"
}

/** An index of Neo4j's that can be sought by and keeps an order. */
interface RangeIndex {
  name: string
  entity: 'NODE' | 'RELATIONSHIP'
  /** A label, or a type of relationship. */
  on: string
  properties: readonly string[]
  state: string
}

interface Wanted extends Omit<RangeIndex, 'state'> {
  kind: 'constraint' | 'index'
}

const wantedOf =
  (kind: Wanted['kind']) =>
  (name: string, on: string, properties: readonly string[]): Wanted => ({
    name: `hearth_${name}`,
    kind,
    on,
    entity: 'NODE',
    properties,
  })
const [unique, index] = [wantedOf('constraint'), wantedOf('index')]

/** Of every fleet; each has an index of its outbox besides. */
const shared: readonly Wanted[] = [
  unique('world', 'World', ['world_id']),
  unique('character', 'Character', ['world_id', 'character_id']),
  unique('location', 'Location', ['world_id', 'location_id']),
  unique('object', 'Object', ['world_id', 'object_id']),
  unique('timeline', 'Timeline', ['world_id', 'entity_id']),
  unique('event', 'TimelineEvent', ['world_id', 'event_id']),
  index('character_id', 'Character', ['character_id']),
  index('location_id', 'Location', ['location_id']),
  index('object_id', 'Object', ['object_id']),
  index('timeline_entity', 'Timeline', ['entity_id']),
  index('event_id', 'TimelineEvent', ['event_id']),
  { ...index('timeline_order', timelineIndex.type, timelineIndex.properties), entity: 'RELATIONSHIP' },
]

function wantedBy(fleet?: string): Wanted[] {
  const { label, properties } = outboxIndex(fleet)
  return [...shared, index(fleet === undefined ? 'outbox' : `outbox_${fleet}`, label, properties)]
}

export async function rangeIndexes(connection: Connection): Promise<RangeIndex[]> {
  const rows = await connection.alter(
    `SHOW INDEXES YIELD name, type, entityType, labelsOrTypes, properties, state WHERE type = 'RANGE'
    RETURN name, entityType AS entity, labelsOrTypes[0] AS on, properties, state`,
  )
  return rows as unknown as RangeIndex[]
}

const isOn = (index: RangeIndex, on: string, properties: readonly string[]): boolean =>
  index.on === on && index.properties.join() === properties.join()

const serves = (index: RangeIndex, one: Wanted): boolean =>
  index.entity === one.entity && isOn(index, one.on, one.properties)

/**
 * Makes the constraints and indexes that are not there, and waits until they can be used. Nothing of the game's is
 * changed or dropped.
 * @throws HearthError `InvalidInput` if the data stands against a constraint: two nodes have the same ids
 */
export async function makeSchema(connection: Connection, fleet?: string): Promise<SchemaReport> {
  const wanted = wantedBy(fleet)
  const before = await rangeIndexes(connection)
  const report: SchemaReport = []
  for (const one of wanted) {
    const same = before.filter(index => serves(index, one))
    if (same.length === 0) await create(connection, one)
    report.push({ name: same[0]?.name ?? one.name, on: place(one), outcome: outcomeOf(one, same) })
  }
  await allOnline(connection, wanted)
  return report
}

/** The places of constraints and indexes that are not there. */
export async function lackingSchema(connection: Connection, fleet?: string): Promise<string[]> {
  const there = await rangeIndexes(connection)
  return wantedBy(fleet)
    .filter(one => !there.some(index => serves(index, one)))
    .map(place)
}

function outcomeOf(one: Wanted, same: readonly RangeIndex[]): SchemaRow['outcome'] {
  if (same.length === 0) return 'created'
  return same.some(index => index.name === one.name) ? 'there already' : "kept the game's own"
}

function place({ on, entity, properties }: Wanted): string {
  return `${entity === 'NODE' ? `(:${on})` : `[:${on}]`} ${properties.join(', ')}`
}

async function create(connection: Connection, one: Wanted): Promise<void> {
  const properties = `(${one.properties.map(property => `x.${property}`).join(', ')})`
  const pattern = one.entity === 'NODE' ? `(x:${one.on})` : `()-[x:${one.on}]-()`
  const cypher =
    one.kind === 'constraint'
      ? `CREATE CONSTRAINT ${one.name} IF NOT EXISTS FOR ${pattern} REQUIRE ${properties} IS UNIQUE`
      : `CREATE INDEX ${one.name} IF NOT EXISTS FOR ${pattern} ON ${properties}`
  try {
    await connection.alter(cypher)
  } catch (error) {
    const { code } = ((error as HearthError).cause ?? {}) as { code?: string }
    if (code !== 'Neo.DatabaseError.Schema.ConstraintCreationFailed') throw error
    const message = `${place(one)}: cannot be made unique: ${(error as HearthError).message}`
    throw new HearthError('InvalidInput', message, { cause: error })
  }
}

/** An index of a large graph is filled for minutes. */
async function allOnline(connection: Connection, wanted: readonly Wanted[]): Promise<void> {
  for (;;) {
    const ours = (await rangeIndexes(connection)).filter(index => wanted.some(one => serves(index, one)))
    const failed = ours.find(index => index.state === 'FAILED')
    if (failed) throw new HearthError('WorldUnavailable', `Neo4j could not fill the index ${failed.name}`)
    if (ours.every(index => index.state === 'ONLINE')) return
    await pause(200)
  }
}

/** What a read may rely on. A hint at an index that is not there would make Neo4j walk through everything. */
interface Indexes {
  /** `timelineIndex` is there. */
  timeline: boolean
  /** The id of each type of entity has an index. */
  ids: boolean
  /** `outboxIndex` is there. */
  outbox: boolean
}

const recheckAfterMs = 30_000

export type KnownIndexes = ReturnType<typeof knownIndexes>

/** Knows which indexes are there without asking at each read: an old answer is given while a new one is fetched. */
export function knownIndexes(connection: Connection, fleet?: string) {
  let answer: { indexes: Indexes; at: number } | undefined
  let asking: Promise<Indexes> | undefined

  const ask = async (): Promise<Indexes> => {
    try {
      const indexes = await askNeo4j(connection, fleet)
      answer = { indexes, at: performance.now() }
      return indexes
    } finally {
      asking = undefined
    }
  }
  const check = (): Promise<Indexes> => {
    asking ??= ask()
    return asking
  }
  return {
    /** Asks Neo4j now. */
    check,
    /** What was there at most half a minute and a read ago. */
    async current(): Promise<Indexes> {
      if (!answer) return check()
      if (performance.now() - answer.at > recheckAfterMs) check().catch(() => {}) // the read itself will tell
      return answer.indexes
    },
  }
}

async function askNeo4j(connection: Connection, fleet?: string): Promise<Indexes> {
  const online = (await rangeIndexes(connection)).filter(index => index.state === 'ONLINE')
  const has = (on: string, properties: readonly string[]) => online.some(index => isOn(index, on, properties))
  const outbox = outboxIndex(fleet)
  return {
    timeline: has(timelineIndex.type, timelineIndex.properties),
    ids: entityTypes.every(type => has(nodeOf[type].label, [nodeOf[type].id])),
    outbox: has(outbox.label, outbox.properties),
  }
}
