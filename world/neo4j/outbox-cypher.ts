/** Of an id or a world id that is no text, or that is longer than any id may be: enough to tell that, and never too much. */
const shortText = (property: string) => `left(toStringOrNull(o.${property}), 300)`
/** An id that is no text is compared as the text that `pending` gave, or such a node could never be removed. */
const idOf = `coalesce(${shortText('id')}, '')`
const worldOf = `coalesce(${shortText('world_id')}, '')`

/** Characters of a text of changes that comes with its page; a longer one is read apart, so that no page is too large. */
export const shortChanges = 10_000

/**
 * The labels of a fleet's nodes. A label of its own, not a property: the nodes of another fleet, however many wait, cost
 * this one nothing, and Neo4j counts each fleet's. Nodes without a fleet's name belong to the fleet without one.
 * @param fleet checked, since it becomes Cypher: see `isFleet`
 */
export function outboxLabels(fleet?: string): { pending: string; refused: string } {
  const behind = fleet === undefined ? '' : `_${fleet}`
  return { pending: `CacheOutbox${behind}`, refused: `CacheOutboxRefused${behind}` }
}

export const createCypher = (fleet?: string): string => `CREATE (:${outboxLabels(fleet).pending} {
  id: $id, world_id: $worldId, changes: $changes, recorded_at: timestamp()})`

/** The queries of one fleet's outbox. */
export function outboxCypher(fleet?: string) {
  const labels = outboxLabels(fleet)
  const node = `(o:${labels.pending})`
  /** Neo4j gives the element id of a deleted node to another one, so it is trusted only together with the node's own id. */
  const matchRows = `UNWIND $rows AS row
MATCH ${node} WHERE elementId(o) = row.ref AND ${idOf} = row.id`

  return {
    /**
     * A label scan that stops at the limit, however many are pending. Whatever a property holds, it never fails: one node
     * that made it fail would hold up all others.
     */
    pending: `MATCH ${node} WHERE NOT ${worldOf} IN $except WITH o LIMIT $limit
WITH o, toStringOrNull(o.changes) AS changes
RETURN elementId(o) AS ref, ${idOf} AS id, ${shortText('world_id')} AS world_id, size(changes) AS length,
  CASE WHEN size(changes) <= ${shortChanges} THEN changes END AS changes, toIntegerOrNull(o.recorded_at) AS recorded_at`,

    long: `${matchRows} RETURN elementId(o) AS ref, o.changes AS changes`,

    /** With relationships, should another program have given it some: they would keep it, and its whole page, for good. */
    remove: `${matchRows} DETACH DELETE o`,

    setAside: `${matchRows}
REMOVE o:${labels.pending} SET o:${labels.refused}, o.refused_because = $reason, o.refused_at = timestamp()`,

    /** The count is one that Neo4j keeps. Without the index the oldest and the newest are those of the first thousand. */
    backlog({ outbox: indexed }: { outbox: boolean }): string {
      const first = (
        order: string,
      ) => `MATCH ${node} ${indexed ? '' : 'WITH o LIMIT 1000'} WHERE o.recorded_at > 0
  WITH o.recorded_at AS at ORDER BY at ${order} LIMIT 1`
      return `CALL () { MATCH ${node} RETURN count(o) AS pending }
CALL () { ${first('')} RETURN min(at) AS oldest }
CALL () { ${first('DESC')} RETURN max(at) AS newest }
RETURN pending, oldest, newest, timestamp() - oldest AS age`
    },

    /**
     * A label scan that stops at the first: it is asked only after an outage. What was recorded in the future may have been
     * recorded at any time, the clock was set back since. A negative time could not be subtracted.
     */
    pendingSince: `MATCH ${node} WITH toIntegerOrNull(o.recorded_at) AS at WHERE at > 0
WITH timestamp() - at AS age WHERE age < 0 OR age >= $atLeastMs AND age <= $atMostMs
RETURN 1 AS found LIMIT 1`,

    /** The same, and it stops at the limit. */
    worldsSince: `MATCH ${node} WITH o, toIntegerOrNull(o.recorded_at) AS at WHERE at > 0
WITH o, timestamp() - at AS age WHERE age < 0 OR age >= $atLeastMs AND age <= $atMostMs
WITH ${worldOf} AS world_id WHERE NOT world_id IN $except
RETURN DISTINCT world_id LIMIT $limit`,
  }
}

export type OutboxCypher = ReturnType<typeof outboxCypher>
