import { randomUUID } from 'node:crypto'
import type { Outbox, OutboxNode } from '../outbox.ts'
import type { Connection, Row } from './connection.ts'
import { toText } from './values.ts'

/** The index that the oldest node is found by; `schema()` makes it. */
export const outboxIndex = { label: 'CacheOutbox', properties: ['recorded_at'] } as const

/** A transaction of neo4j-driver's, of whatever version: `Transaction` or `ManagedTransaction`. */
export interface OutboxTransaction {
  run(cypher: string, parameters: Record<string, unknown>): PromiseLike<unknown>
}

const createCypher = `CREATE (:CacheOutbox {
  id: $id, world_id: $worldId, changes: $changes, recorded_at: timestamp()})`

/**
 * Writes a node in this transaction, so that it is committed or rolled back with it. One round trip.
 * @throws what the driver throws, unchanged: `executeWrite` tells by it whether to try again
 */
export async function writeOutboxNode(
  tx: OutboxTransaction,
  { id, worldId, changes }: { id: string; worldId: string; changes: readonly object[] },
): Promise<void> {
  await tx.run(createCypher, { id, worldId, changes: JSON.stringify(changes) })
}

/** An id that is no text is compared as the text that `pending` gave, or such a node could never be removed. */
const idOf = `coalesce(toStringOrNull(o.id), '')`

/** A label scan that stops at the limit, however many are pending. */
export const pendingCypher = `MATCH (o:CacheOutbox) WITH o LIMIT $limit
RETURN elementId(o) AS ref, ${idOf} AS id, toStringOrNull(o.world_id) AS world_id, o.changes AS changes,
  toIntegerOrNull(o.recorded_at) AS recorded_at`

/** Neo4j gives the element id of a deleted node to another one, so it is trusted only together with the node's own id. */
const matchRows = `UNWIND $rows AS row
MATCH (o:CacheOutbox) WHERE elementId(o) = row.ref AND ${idOf} = row.id`

export const removeCypher = `${matchRows} DELETE o`

export const setAsideCypher = `${matchRows}
REMOVE o:CacheOutbox SET o:CacheOutboxRefused, o.refused_because = $reason, o.refused_at = timestamp()`

/** The count is one that Neo4j keeps. Without the index the oldest is that of the first thousand. */
export const backlogCypher = ({ outbox: indexed }: { outbox: boolean }): string => `CALL () {
  MATCH (o:CacheOutbox) RETURN count(o) AS pending
}
CALL () {
  MATCH (o:CacheOutbox) ${indexed ? '' : 'WITH o LIMIT 1000'} WHERE o.recorded_at > 0
  WITH o.recorded_at AS at ORDER BY at LIMIT 1
  RETURN min(at) AS oldest
}
RETURN pending, timestamp() - oldest AS age`

/** A label scan that stops at the first: it is asked only after an outage. */
export const pendingSinceCypher = `MATCH (o:CacheOutbox)
WITH o, timestamp() - toIntegerOrNull(o.recorded_at) AS age WHERE age >= $atLeastMs AND age <= $atMostMs
RETURN 1 AS found LIMIT 1`

const rowsOf = (nodes: readonly OutboxNode[]) => nodes.map(({ ref, id }) => ({ ref, id }))

export function neo4jOutbox(
  connection: Connection,
  indexes: { current(): Promise<{ outbox: boolean }> },
): Outbox {
  return {
    async record(worldId, changes, id = randomUUID()) {
      await connection.write(query => writeOutboxNode({ run: query }, { id, worldId, changes }))
      return id
    },
    async pending(limit) {
      return (await connection.read(pendingCypher, { limit: BigInt(limit) })).map(nodeOf)
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
      const age = row['age'] ?? null
      return {
        pending: Number(row['pending'] ?? 0),
        oldestMs: age === null ? null : Math.max(0, Number(age)),
      }
    },
  }
}

function nodeOf(row: Row): OutboxNode {
  return {
    ref: String(row['ref']),
    id: String(row['id']),
    worldId: toText(row['world_id']) ?? '',
    changes: parsed(row['changes']),
    recordedAtMs: Number(row['recorded_at'] ?? 0),
  }
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
