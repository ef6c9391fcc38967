import { randomUUID } from 'node:crypto'
import neo4j from 'neo4j-driver'
import type { Json } from '../../model/json.ts'
import { withOnePlan } from '../../world/neo4j/one-plan.ts'

export interface Auth {
  uri: string
  user: string
  password: string
}

/**
 * What the game itself does to its graph, without Hearth: nodes without a world id, relationships without properties.
 */
export interface Game {
  worldId: string
  run(cypher: string, parameters?: Record<string, unknown>): Promise<Record<string, unknown>[]>
  addCharacter(id: string, props?: Record<string, Json>): Promise<void>
  /** Adds an event to the timelines of these entities. */
  addEvent(id: string, timestamp: string, entityIds: string[]): Promise<void>
  deleteEvent(id: string): Promise<void>
  /** The operators of a query's plan after it ran. */
  profile(cypher: string, parameters: Record<string, unknown>): Promise<Operator[]>
  close(): Promise<void>
}

export interface Operator {
  name: string
  rows: number
  hits: number
}

/** A new world, and functions to play in it. */
export async function startGame(auth: Auth): Promise<Game> {
  const driver = neo4j.driver(auth.uri, neo4j.auth.basic(auth.user, auth.password), { useBigInt: true })
  const worldId = `w-${randomUUID()}`
  const run: Game['run'] = async (cypher, parameters = {}) => {
    const session = driver.session()
    try {
      const result = await session.run(cypher, { worldId, ...parameters })
      return result.records.map(record => record.toObject())
    } finally {
      await session.close()
    }
  }
  await run("CREATE (:World {world_id: $worldId, world_name: 'Played'})")
  return {
    worldId,
    run,
    async addCharacter(id, props = {}) {
      await run(
        `MATCH (w:World {world_id: $worldId})
        CREATE (w)-[:CONTAINS_CHARACTER]->(c:Character {character_id: $id}) SET c += $props
        CREATE (:Timeline {timeline_id: 'timeline_' + $id, entity_id: $id, entity_type: 'character'})`,
        { id, props },
      )
    },
    async addEvent(id, timestamp, entityIds) {
      await run(
        `CREATE (e:TimelineEvent {event_id: $id, timestamp: $timestamp, title: $id, participants: $entityIds})
        WITH e MATCH (t:Timeline) WHERE t.entity_id IN $entityIds CREATE (t)-[:CONTAINS_EVENT]->(e)`,
        { id, timestamp, entityIds },
      )
    },
    async deleteEvent(id) {
      await run('MATCH (e:TimelineEvent {event_id: $id}) DETACH DELETE e', { id })
    },
    async profile(cypher, parameters) {
      const [query, given] = withOnePlan(cypher, { worldId, ...parameters })
      const { summary } = await driver.executeQuery(`PROFILE ${query}`, given)
      return summary.profile ? flat(summary.profile) : []
    },
    close: () => driver.close(),
  }
}

interface Plan {
  operatorType: string
  rows: number
  dbHits: number
  children: Plan[]
}

function flat(plan: Plan): Operator[] {
  const name = plan.operatorType.replace(/@.*/, '')
  return [{ name, rows: Number(plan.rows), hits: Number(plan.dbHits) }, ...plan.children.flatMap(flat)]
}
