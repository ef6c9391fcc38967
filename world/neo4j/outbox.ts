import { randomUUID } from 'node:crypto'
import { wrong } from '../../model/arguments.ts'
import { type Change, changesSchema } from '../../model/changes.ts'
import { asError } from '../../model/errors.ts'
import { fleetRule, isFleet } from '../../model/fleet.ts'
import { id } from '../../model/ids.ts'
import type { OutboxNode } from '../../model/outbox-node.ts'
import { parsePayload } from '../../model/parse.ts'
import { createObservedAge } from '../../resilience/observed-age.ts'
import type { Outbox, Recorded } from '../world.ts'
import type { Connection, Row } from './connection.ts'
import type { Context } from './context.ts'
import { createCypher, type OutboxCypher, outboxCypher, shortChanges } from './outbox-cypher.ts'
import { toText } from './values.ts'

/** A transaction of neo4j-driver's, of whatever version: `Transaction` or `ManagedTransaction`. */
export interface OutboxTransaction {
  run(cypher: string, parameters: Record<string, unknown>): PromiseLike<unknown>
}

interface NewNode {
  id: string
  worldId: string
  changes: readonly object[]
  /** Whose relay takes it. Default: the one of the fleet without a name. */
  fleet?: string | undefined
}

/**
 * Writes a node in this transaction, so that it is committed or rolled back with it. One round trip.
 * @throws what the driver throws, unchanged: `executeWrite` decides by it whether to try again
 */
export async function writeOutboxNode(
  tx: OutboxTransaction,
  { id, worldId, changes, fleet }: NewNode,
): Promise<void> {
  await tx.run(createCypher(fleet), { id, worldId, changes: JSON.stringify(changes) })
}

/** Of the longer texts in one page, together, if they are more than one. Characters. */
const longChangesAtOnce = 4_000_000
/** 10,000 ids of 256 bytes, each byte written as `\\u0001`, and what stands between them. */
const longestChanges = 16_000_000

const wholeMs = ({ atLeastMs, atMostMs }: Recorded) => ({
  atLeastMs: Math.floor(atLeastMs),
  atMostMs: Math.ceil(atMostMs),
})

const rowsOf = (nodes: readonly OutboxNode[]) => nodes.map(({ ref, id }) => ({ ref, id }))

interface OutboxDeps extends Pick<Context, 'connection' | 'bookmarksOf' | 'fleet'> {
  indexes: { current(): Promise<{ outbox: boolean }> }
}

/** Read from the leader: on a server that lags, what is pending would not be missed. */
export function neo4jOutbox({ connection, indexes, fleet, bookmarksOf }: OutboxDeps): Outbox {
  const cypher = outboxCypher(fleet)
  const age = createObservedAge()
  const read: Connection['read'] = (query, parameters, options) =>
    connection.read(query, parameters, { from: 'leader', ...options })
  return {
    async record(worldId, changes, id = randomUUID()) {
      const node = { id, worldId, changes, fleet }
      await connection.write(query => writeOutboxNode({ run: query }, node), bookmarksOf(worldId))
      return id
    },
    async pending(limit, { except = [] } = {}) {
      let bookmarks: readonly string[] = []
      const onBookmarks = (ofRead: readonly string[]) => {
        bookmarks = ofRead
      }
      const rows = await read(cypher.pending, { limit: BigInt(limit), except }, { onBookmarks })
      if (rows.length === 0) return []
      const nodes = await withChanges(read, cypher, rows)
      return nodes.map(node => ({ ...node, bookmarks }))
    },
    async remove(nodes) {
      await connection.write(query => query(cypher.remove, { rows: rowsOf(nodes) }))
    },
    async setAside(nodes, reason) {
      await connection.write(query => query(cypher.setAside, { rows: rowsOf(nodes), reason }))
    },
    async pendingSince(recorded) {
      return (await read(cypher.pendingSince, wholeMs(recorded))).length > 0
    },
    async worldsSince(recorded, { except, limit }) {
      const parameters = { ...wholeMs(recorded), except, limit: BigInt(limit) }
      const rows = await read(cypher.worldsSince, parameters)
      return rows.map(row => String(row['world_id']))
    },
    async backlog() {
      const [row = {}] = await read(cypher.backlog(await indexes.current()), {})
      const ageMs = row['age'] ?? null
      const waiting = { oldest: Number(row['oldest']), newest: Number(row['newest']), ageMs: Number(ageMs) }
      const oldestMs = age.look(ageMs === null ? null : waiting)
      return { pending: Number(row['pending'] ?? 0), oldestMs: ageMs === null ? null : oldestMs }
    },
  }
}

/** The nodes of a page, but for those whose changes are too long for it: they come with one of the next. */
async function withChanges(
  read: Connection['read'],
  cypher: OutboxCypher,
  page: readonly Row[],
): Promise<OutboxNode[]> {
  const long: Row[] = []
  let length = 0
  for (const row of page) {
    if (!isLong(row)) continue
    length += lengthOf(row)
    if (long.length === 0 || length <= longChangesAtOnce) long.push(row)
  }
  const rows = long.map(({ ref, id }) => ({ ref, id }))
  const found = rows.length === 0 ? [] : await read(cypher.long, { rows })
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
 * crash between its commit and `changed` can lose them. Give the id that it returns to `changed`, as `recorded`. `fleet`:
 * the name of the fleet whose cache has the world, as its world (`neo4jWorld`) and its processes (`HEARTH_FLEET`) have it.
 * Throws `InvalidInput` before anything is written, else what the driver throws.
 */
export async function recordChanges(
  tx: OutboxTransaction,
  worldId: string,
  changes: readonly Change[],
  { fleet }: { fleet?: string | undefined } = {},
): Promise<string> {
  if (typeof tx?.run !== 'function') throw wrong('tx', 'must be a transaction of neo4j-driver', tx)
  parsePayload(id, worldId, 'worldId')
  if (fleet !== undefined && !isFleet(fleet)) throw wrong('fleet', `must be ${fleetRule}`, fleet)
  const outboxId = randomUUID()
  const parsed = parsePayload(changesSchema, changes, 'changes')
  await writeOutboxNode(tx, { id: outboxId, worldId, changes: parsed, fleet })
  return outboxId
}
