import type { Auth } from './neo4j-game.ts'
import { query } from './neo4j-query.ts'

/**
 * Fifty indexed worlds of sixty entities that no test asks for. Neo4j plans a query again when counts are far from what they
 * were: in an empty graph every ten seconds, which takes most of its time, and with plans that suit no game.
 */
export async function plantCrowd(auth: Auth): Promise<void> {
  await query(
    auth,
    `UNWIND range(1, 50) AS i
    CREATE (w:World {world_id: 'crowd-' + i, world_name: 'Crowd'})
    WITH w, w.world_id AS world
    ${eachType('Character', 'character', 40)}
    ${eachType('Location', 'location', 10)}
    ${eachType('Object', 'object', 10)}`,
  )
  await query(auth, 'CALL db.prepareForReplanning(60)') // samples its indexes
}

/** Entities of a type in the world `w`, each with a timeline of three events. */
const eachType = (label: string, type: string, count: number): string => `
  CALL (w, world) {
    UNWIND range(1, ${count}) AS n
    WITH w, world, '${type}-' + n AS id
    CREATE (w)-[:CONTAINS_${label.toUpperCase()}]->(:${label} {world_id: world, ${type}_id: id, name: id})
    CREATE (t:Timeline {world_id: world, timeline_id: 'timeline_' + id, entity_id: id, entity_type: '${type}'})
    WITH t, world, id UNWIND range(1, 3) AS e
    WITH t, world, id, e, id + '-event-' + e AS event
    CREATE (x:TimelineEvent {world_id: world, event_id: event, timestamp: '2000-01-0' + e, title: event})
    CREATE (t)-[:CONTAINS_EVENT {world_id: world, entity_id: id, at: e * 1000000000000, event_id: event}]->(x)
    CREATE (x)-[:INDEXED_ON]->(t)
  }`
