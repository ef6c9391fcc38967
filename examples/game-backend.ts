/**
 * A small game backend in front of Neo4j, with Hearth between them.
 *
 *     HEARTH_REDIS_URL=redis://127.0.0.1:6379 NEO4J_URI=neo4j://127.0.0.1:7687 NEO4J_PASSWORD=… npx tsx examples/game-backend.ts
 *
 * It needs a `hearth worker`, which warms worlds and writes events, and a `hearth scheduler`, which makes sure of changes.
 */
import { fastify } from 'fastify'
import { createHearth, HearthError, neo4jWorld, recordChanges } from 'hearth-cache'
import neo4j from 'neo4j-driver'

const { HEARTH_REDIS_URL = '', HEARTH_QUEUE_PREFIX, NEO4J_URI = '', NEO4J_USER = 'neo4j' } = process.env
const { NEO4J_PASSWORD = '', PORT = '3000' } = process.env

// The game's own driver, for what it writes to Neo4j itself.
const driver = neo4j.driver(NEO4J_URI, neo4j.auth.basic(NEO4J_USER, NEO4J_PASSWORD))
const hearth = createHearth({
  cache: HEARTH_REDIS_URL,
  world: neo4jWorld({ uri: NEO4J_URI, user: NEO4J_USER, password: NEO4J_PASSWORD }),
  ...(HEARTH_QUEUE_PREFIX && { queuePrefix: HEARTH_QUEUE_PREFIX }),
})

const app = fastify()

interface WorldRoute {
  Params: { world: string }
}
interface CharacterRoute {
  Params: { world: string; id: string }
}

/** A player enters: workers load what the player will need, most read first. */
app.post<WorldRoute>('/worlds/:world/players', ({ params }) => hearth.activated(params.world))

/** A turn of play: from memory or Redis, from Neo4j only where it is cold. */
app.get<CharacterRoute>('/worlds/:world/characters/:id', async ({ params }, reply) => {
  const { world, id } = params
  const [flags, character, recent] = await Promise.all([
    hearth.flags(world),
    hearth.entity(world, { type: 'character', id }),
    hearth.timeline(world, id, { limit: 20 }),
  ])
  if (character === null) return reply.code(404).send({ error: `There is no character ${id}` })
  return { flags, character, recent }
})

/** A write of the game's own: the change is recorded in the same transaction, so that no crash can lose it. */
app.put<CharacterRoute & { Body: { name: string } }>('/worlds/:world/characters/:id/name', async request => {
  const { world, id } = request.params
  const changes = [{ kind: 'entity-updated', type: 'character', id } as const]
  const session = driver.session()
  try {
    const recorded = await session.executeWrite(async tx => {
      const rename = `
        MATCH (:World {world_id: $world})-[:CONTAINS_CHARACTER]->(c:Character {character_id: $id})
        SET c.name = $name`
      await tx.run(rename, { world, id, name: request.body.name })
      return recordChanges(tx, world, changes)
    })
    return { outcome: await hearth.changed(world, changes, { recorded }) }
  } finally {
    await session.close()
  }
})

/** Something happened: every reader sees it at once, a worker writes it to Neo4j. */
app.post<CharacterRoute & { Body: { title: string } }>(
  '/worlds/:world/characters/:id/events',
  async request => {
    const { world, id } = request.params
    const event = { title: request.body.title, timestamp: new Date().toISOString(), participants: [id] }
    const { eventIds } = await hearth.appendEvents(world, [event])
    return { eventIds }
  },
)

/** Errors of Hearth have a code: a server that is away passes, a wrong argument does not. */
app.setErrorHandler((error: Error, _request, reply) => {
  const wrong = error instanceof HearthError && error.code === 'InvalidInput'
  reply.code(wrong ? 400 : 503).send({ error: error.message })
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await app.close()
    await hearth.close()
    await driver.close()
  })
}
console.log(await app.listen({ port: Number(PORT), host: '127.0.0.1' }))
