import { randomUUID } from 'node:crypto'
import { wrong } from '../../model/arguments.ts'
import { type Change, changesSchema } from '../../model/changes.ts'
import { id } from '../../model/ids.ts'
import { parsePayload } from '../../model/parse.ts'
import { type OutboxTransaction, writeOutboxNode } from './outbox.ts'

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
