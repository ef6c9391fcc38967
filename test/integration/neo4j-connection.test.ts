import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Neo4jWorldOptions } from '../../world/neo4j/options.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { neo4jAuth } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

function worldAt(options: Partial<Neo4jWorldOptions>) {
  const world = neo4jWorld({ ...neo4jAuth(), ...options })
  onTestFinished(() => world.close())
  return world
}

/** A server that accepts connections and never answers. Resolves to its port. */
async function mute(): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => sockets.add(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

/** A port on which no process listens: it was free a moment ago. */
async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

const unavailable = expect.objectContaining({ code: 'WorldUnavailable', cause: expect.anything() })

test.each(['bolt', 'neo4j'])(
  'a Neo4j that is down (%s://) is an error within seconds, for reads and writes',
  async scheme => {
    const world = worldAt({ uri: `${scheme}://127.0.0.1:${await deadPort()}`, retryWritesForMs: 500 })
    const begun = performance.now()
    await expect(world.ready()).rejects.toEqual(unavailable)
    await expect(world.flags('w')).rejects.toEqual(unavailable)
    await expect(world.timelines('w', ['c'], 5)).rejects.toEqual(unavailable)
    await expect(world.setFlags('w', { a: 1 })).rejects.toEqual(unavailable)
    expect(performance.now() - begun).toBeLessThan(10_000)
  },
)

test('a Neo4j that accepts the connection and never answers is an error, too', async () => {
  const world = worldAt({
    uri: `bolt://127.0.0.1:${await mute()}`,
    connectTimeoutMs: 300,
    acquireTimeoutMs: 600,
  })
  await expect(world.flags('w')).rejects.toMatchObject({ code: 'WorldUnavailable' })
})

test('a query that takes too long is given up', async () => {
  const slow = 'UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN {n: count(a + b)} AS flags'
  const world = worldAt({ cypher: { flags: slow }, queryTimeoutMs: 300 })
  await expect(world.flags('w')).rejects.toMatchObject({ code: 'WorldOverburdened' })
})

test('a wrong password is reported', async () => {
  const world = worldAt({ password: 'certainly not this' })
  await expect(world.ready()).rejects.toMatchObject({
    code: 'WorldUnavailable',
    message: expect.stringContaining('Unauthorized'),
  })
})

test('a probe writes nothing, and its mark changes with every write of another client', async () => {
  const world = worldAt({})
  const mark = () => world.probe?.()
  let before = await mark()
  const isSame = async () => {
    const last = before
    before = await mark()
    return before === last
  }
  await expect.poll(isSame, { timeout: 15_000 }).toBe(true) // other test files write to this Neo4j
  await worldAt({}).saveSnapshot(fresh(), {})
  expect(await mark()).not.toBe(before)
})
