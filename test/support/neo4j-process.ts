import neo4j, { type ManagedTransaction } from 'neo4j-driver'
import { onTestFinished } from 'vitest'
import { type OpenedHearth, openedHearth } from '../../tools/opened-hearth.ts'
import type { Neo4jWorldOptions } from '../../world/neo4j/options.ts'
import { type Neo4jWorld, neo4jWorld } from '../../world/neo4j/world.ts'
import { neo4jAuth, redisUrl } from './servers.ts'
import { fresh, plantWorld } from './setup.ts'

/** A process of the fleet with these queues, on the way to Neo4j that `options` name. Closed when the test ends. */
export async function openProcess(
  prefix: string,
  options: Pick<Neo4jWorldOptions, 'uri'> & Partial<Neo4jWorldOptions>,
): Promise<{ hearth: OpenedHearth; world: Neo4jWorld }> {
  const world = neo4jWorld({ ...neo4jAuth(), ...options })
  const hearth = openedHearth({ cache: redisUrl(), queuePrefix: prefix, near: false, world })
  onTestFinished(() => hearth.close())
  await hearth.cache.ping()
  await world.ready() // so that what a load needs to know of the schema is known
  return { hearth, world }
}

/** A game with a driver of its own, and a world that no process of the fleet has written to. */
export async function openGame(uri = neo4jAuth().uri) {
  const { user, password } = neo4jAuth()
  const driver = neo4j.driver(uri, neo4j.auth.basic(user, password))
  onTestFinished(() => driver.close())
  const worldId = fresh()
  const world = neo4jWorld(neo4jAuth())
  onTestFinished(() => world.close())
  const ids = await plantWorld(world, worldId)

  /** Commits, and answers the bookmark of the commit. */
  async function commitFlags(
    weather: string,
    also: (tx: ManagedTransaction) => Promise<unknown> = async () => {},
  ): Promise<string> {
    const session = driver.session()
    await session.executeWrite(async tx => {
      const flags = JSON.stringify({ weather })
      await tx.run('MATCH (w:World {world_id: $worldId}) SET w.world_flags = $flags', { worldId, flags })
      await also(tx)
    })
    const [bookmark = ''] = session.lastBookmarks()
    await session.close()
    return bookmark
  }
  return { worldId, ids, commitFlags, record: world.recordChanges }
}
