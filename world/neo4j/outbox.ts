import { randomUUID } from 'node:crypto'
import { wrong } from '../../model/arguments.ts'
import { type Change, changesSchema } from '../../model/changes.ts'
import { asError } from '../../model/errors.ts'
import { id } from '../../model/ids.ts'
import type { OutboxNode } from '../../model/outbox-node.ts'
import { parsePayload } from '../../model/parse.ts'
import { createObservedAge } from '../../resilience/observed-age.ts'
import type { Outbox } from '../world.ts'
import type { Connection, Row } from './connection.ts'
import { toText } from './values.ts'

/** A transaction of neo4j-driver's, of whatever version: `Transaction` or `ManagedTransaction`. */
export interface OutboxTransaction {
  run(cypher: string, parameters: Record<string, unknown>): PromiseLike<unknown>
}

const createCypher = `CREATE (:CacheOutbox {
  id: $id, world_id: $worldId, changes: $changes, recorded_at: timestamp()})`

/**
 * Writes a node in this transaction, so that it is committed or rolled back with it. One round trip.
 * @throws what the driver throws, unchanged: `executeWrite` decides by it whether to try again
 */
export async function writeOutboxNode(
  tx: OutboxTransaction,
  { id, worldId, changes }: { id: string; worldId: string; changes: readonly object[] },
): Promise<void> {
  await tx.run(createCypher, { id, worldId, changes: JSON.stringify(changes) })
}

/** Of an id or a world id that is no text, or that is longer than any id may be: enough to tell that, and never too much. */
const shortText = (property: string) => `left(toStringOrNull(o.${property}), 300)`
/** An id that is no text is compared as the text that `pending` gave, or such a node could never be removed. */
const idOf = `coalesce(${shortText('id')}, '')`

/** Characters of a text of changes that comes with its page; a longer one is read apart, so that no page is too large. */
const shortChanges = 10_000
/** Of the longer ones in one page, together, if they are more than one. */
const longChangesAtOnce = 4_000_000
/** 10,000 ids of 256 bytes, each byte written as `\\u0001`, and what stands between them. */
const longestChanges = 16_000_000

/**
 * A label scan that stops at the limit, however many are pending. Whatever a property holds, it never fails: one node
 * that made it fail would hold up all others.
 */
export const pendingCypher = `MATCH (o:CacheOutbox) WITH o LIMIT $limit
WITH o, toStringOrNull(o.changes) AS changes
RETURN elementId(o) AS ref, ${idOf} AS id, ${shortText('world_id')} AS world_id, size(changes) AS length,
  CASE WHEN size(changes) <= ${shortChanges} THEN changes END AS changes, toIntegerOrNull(o.recorded_at) AS recorded_at`

/** Neo4j gives the element id of a deleted node to another one, so it is trusted only together with the node's own id. */
const matchRows = `UNWIND $rows AS row
MATCH (o:CacheOutbox) WHERE elementId(o) = row.ref AND ${idOf} = row.id`

const longCypher = `${matchRows} RETURN elementId(o) AS ref, o.changes AS changes`

/** With relationships, should another program have given it some: they would keep it, and its whole page, for good. */
export const removeCypher = `${matchRows} DETACH DELETE o`

export const setAsideCypher = `${matchRows}
REMOVE o:CacheOutbox SET o:CacheOutboxRefused, o.refused_because = $reason, o.refused_at = timestamp()`

/** The count is one that Neo4j keeps. Without the index the oldest and the newest are those of the first thousand. */
export function backlogCypher({ outbox: indexed }: { outbox: boolean }): string {
  const first = (
    order: string,
  ) => `MATCH (o:CacheOutbox) ${indexed ? '' : 'WITH o LIMIT 1000'} WHERE o.recorded_at > 0
  WITH o.recorded_at AS at ORDER BY at ${order} LIMIT 1`
  return `CALL () { MATCH (o:CacheOutbox) RETURN count(o) AS pending }
CALL () { ${first('')} RETURN min(at) AS oldest }
CALL () { ${first('DESC')} RETURN max(at) AS newest }
RETURN pending, oldest, newest, timestamp() - oldest AS age`
}

/**
 * A label scan that stops at the first: it is asked only after an outage. What was recorded in the future may have been
 * recorded at any time, the clock was set back since. A negative time could not be subtracted.
 */
export const pendingSinceCypher = `MATCH (o:CacheOutbox) WITH toIntegerOrNull(o.recorded_at) AS at WHERE at > 0
WITH timestamp() - at AS age WHERE age < 0 OR age >= $atLeastMs AND age <= $atMostMs
RETURN 1 AS found LIMIT 1`

const rowsOf = (nodes: readonly OutboxNode[]) => nodes.map(({ ref, id }) => ({ ref, id }))

export function neo4jOutbox(
  connection: Connection,
  indexes: { current(): Promise<{ outbox: boolean }> },
): Outbox {
  const age = createObservedAge()
  return {
    async record(worldId, changes, id = randomUUID()) {
      await connection.write(query => writeOutboxNode({ run: query }, { id, worldId, changes }))
      return id
    },
    async pending(limit) {
      const rows = await connection.read(pendingCypher, { limit: BigInt(limit) })
      return rows.length === 0 ? [] : withChanges(connection, rows)
    },
    async remove(nodes) {
      await connection.write(query => query(removeCypher, { rows: rowsOf(nodes) }))
    },
    async setAside(nodes, reason) {
      await connection.write(query => query(setAsideCypher, { rows: rowsOf(nodes), reason }))
    },
    async pendingSince({ atLeastMs, atMostMs }) {
      const parameters = { atLeastMs: Math.floor(atLeastMs), atMostMs: Math.ceil(atMostMs) }
      return (await connection.read(pendingSinceCypher, parameters)).length > 0
    },
    async backlog() {
      const [row = {}] = await connection.read(backlogCypher(await indexes.current()), {})
      const ageMs = row['age'] ?? null
      const waiting = { oldest: Number(row['oldest']), newest: Number(row['newest']), ageMs: Number(ageMs) }
      const oldestMs = age.look(ageMs === null ? null : waiting)
      return { pending: Number(row['pending'] ?? 0), oldestMs: ageMs === null ? null : oldestMs }
    },
  }
}

/** The nodes of a page, but for those whose changes are too long for it: they come with one of the next. */
async function withChanges(connection: Connection, page: readonly Row[]): Promise<OutboxNode[]> {
  const long: Row[] = []
  let length = 0
  for (const row of page) {
    if (!isLong(row)) continue
    length += lengthOf(row)
    if (long.length === 0 || length <= longChangesAtOnce) long.push(row)
  }
  const rows = long.map(({ ref, id }) => ({ ref, id }))
  const found = rows.length === 0 ? [] : await connection.read(longCypher, { rows })
  const changes = new Map(found.map(row => [row['ref'], row['changes']]))
  return page.flatMap(row => {
    if (!isLong(row)) return nodeOf(row, row['changes'])
    const text = changes.get(row['ref'])
    return text === undefined ? [] : nodeOf(row, text)
  })
}

const lengthOf = (row: Row): number => Number(row['length'] ?? 0)
const isLong = (row: Row): boolean => lengthOf(row) > shortChanges && lengthOf(row) <= longestChanges

function nodeOf(row: Row, changes: unknown): OutboxNode {
  return {
    ref: String(row['ref']),
    id: String(row['id']),
    worldId: toText(row['world_id']) ?? '',
    ...parsed(changes, lengthOf(row)),
    recordedAtMs: Number(row['recorded_at'] ?? 0),
  }
}

function parsed(text: unknown, length: number): { changes: unknown; unreadable?: string } {
  const unreadable = (why: string) => ({ changes: undefined, unreadable: `changes ${why}` })
  if (length > longestChanges)
    return unreadable(`are ${length} characters long; at most ${longestChanges} are read`)
  if (typeof text !== 'string') return unreadable('must be text: a JSON list of changes')
  try {
    return { changes: JSON.parse(text) }
  } catch (error) {
    return unreadable(`must be a JSON list of changes: ${asError(error).message}`)
  }
}

/**
 * Records changes in the backend's own transaction (neo4j-driver's `Transaction` or `ManagedTransaction`), so that no
 * crash between its commit and `changed` can lose them. Give the id that it returns to `changed`, as `recorded`.
 * Throws `InvalidInput` before anything is written, else what the driver throws.
 */
export async function recordChanges(
  tx: OutboxTransaction,
  worldId: string,
  changes: readonly Change[],
): Promise<string> {
  if (typeof tx?.run !== 'function') throw wrong('tx', 'must be a transaction of neo4j-driver', tx)
  parsePayload(id, worldId, 'worldId')
  const outboxId = randomUUID()
  const parsed = parsePayload(changesSchema, changes, 'changes')
  await writeOutboxNode(tx, { id: outboxId, worldId, changes: parsed })
  return outboxId
}
