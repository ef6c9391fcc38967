import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import neo4j, { type Driver } from 'neo4j-driver'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type StartedNeo4j, startNeo4j } from '../../cli/servers/neo4j.ts'
import { backlogCypher, pendingCypher, removeCypher, writeOutboxNode } from '../../world/neo4j/outbox.ts'
import { type Neo4jWorld, type Neo4jWorldOptions, neo4jWorld } from '../../world/neo4j/world.ts'
import type { OutboxNode } from '../../world/outbox.ts'
import { describeOutboxContract } from '../support/contract/outbox.ts'
import { type Game, type Operator, startGame } from '../support/neo4j-game.ts'

/** A Neo4j of its own, since an outbox belongs to a whole one. */
let server: StartedNeo4j
let driver: Driver
let world: Neo4jWorld
let game: Game
beforeAll(async () => {
  server = await startNeo4j({ isolated: true, say: line => console.log(`[servers] ${line}`) })
  driver = neo4j.driver(server.uri, neo4j.auth.basic(server.user, server.password))
  world = neo4jWorld(server)
  game = await startGame(server)
})
afterAll(async () => {
  await Promise.all([driver?.close(), world?.close(), game?.close()])
  await server?.stop()
})

/** Of the nodes that are there now, those of this world. */
const pendingOf = async (worldId: string): Promise<OutboxNode[]> =>
  (await world.outbox.pending(10_000)).filter(node => node.worldId === worldId)

function worldAt(options: Partial<Neo4jWorldOptions>): Neo4jWorld {
  const other = neo4jWorld({ ...server, ...options })
  onTestFinished(() => other.close())
  return other
}

describe('without the index', () => {
  describeOutboxContract('a plain world in Neo4j', async () => neo4jWorld({ ...server, graph: 'plain' }))
})

describe('with it', () => {
  describeOutboxContract('an indexed world in Neo4j', async () => {
    const made = neo4jWorld(server)
    await made.schema()
    return made
  })
})

describe("a node in the backend's own transaction", () => {
  const changes = [{ kind: 'entity-deleted', type: 'object', id: 'o1' }]
  const node = () => ({ id: randomUUID(), worldId: `w-${randomUUID()}`, changes })

  test('is there once that is committed, and not before', async () => {
    const session = driver.session()
    const tx = session.beginTransaction()
    const mine = node()
    await writeOutboxNode(tx, mine)
    expect(await pendingOf(mine.worldId)).toEqual([])
    await tx.commit()
    expect(await pendingOf(mine.worldId)).toMatchObject([mine])
    const managed = node()
    await session.executeWrite(open => writeOutboxNode(open, managed))
    expect(await pendingOf(managed.worldId)).toMatchObject([managed])
    await session.close()
  })

  test('is gone with that, if it is rolled back', async () => {
    const session = driver.session()
    const tx = session.beginTransaction()
    const mine = node()
    await writeOutboxNode(tx, mine)
    await tx.rollback()
    await session.close()
    expect(await pendingOf(mine.worldId)).toEqual([])
  })

  test('meets an error of the driver, by which executeWrite can tell whether to try again', async () => {
    const session = driver.session({ defaultAccessMode: neo4j.session.READ })
    const tx = session.beginTransaction()
    const refused = writeOutboxNode(tx, node())
    await expect(refused).rejects.toBeInstanceOf(neo4j.Neo4jError)
    await session.close()
  })
})

test('the Cypher of docs/outbox.md writes a node that is read, in every example', async () => {
  const text = await readFile(new URL('../../docs/outbox.md', import.meta.url), 'utf8')
  const written = text.match(/CREATE \(:CacheOutbox \{[^}]*\}\)/g) ?? []
  expect(written).toHaveLength(3) // plain, Python, Go
  for (const cypher of written) {
    const worldId = `w-${randomUUID()}`
    await game.run(cypher, { world_id: worldId, changes_json: '[{"kind":"flags-changed"}]' })
    const [node] = await pendingOf(worldId)
    expect(node).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), worldId })
    expect(node?.changes).toEqual([{ kind: 'flags-changed' }])
    expect(node?.recordedAtMs).toBeGreaterThan(Date.now() - 60_000)
  }
})

describe('a node that another program wrote wrongly', () => {
  const good = { id: 'good', world_id: 'w', changes: '[]', recorded_at: 5n }
  const { id: _id, ...noId } = good
  const { world_id: _world, ...noWorld } = good
  const { recorded_at: _at, ...noTime } = good
  const { changes: _changes, ...noChanges } = good
  const read = { id: 'good', worldId: 'w', changes: [], recordedAtMs: 5 }
  const cases: [string, object, object][] = [
    ['without anything', {}, { id: '', worldId: '', changes: undefined, recordedAtMs: 0 }],
    ['without an id', noId, { ...read, id: '' }],
    ['without a world', noWorld, { ...read, worldId: '' }],
    ['without a time', noTime, { ...read, recordedAtMs: 0 }],
    ['without changes', noChanges, { ...read, changes: undefined }],
    [
      'with changes that are no JSON',
      { ...good, changes: "[{'kind': 'flags-changed'}]" },
      { ...read, changes: undefined },
    ],
    ['with changes that are a list of text', { ...good, changes: ['[]'] }, { ...read, changes: undefined }],
    ['with numbers for ids', { ...good, id: 7n, world_id: 1.5 }, { ...read, id: '7', worldId: '1.5' }],
    ['with lists for ids', { ...good, id: ['a'], world_id: ['w'] }, { ...read, id: '', worldId: '' }],
    ['with a time that is none', { ...good, recorded_at: 'noon' }, { ...read, recordedAtMs: 0 }],
  ]

  test.each(cases)('%s is read, and can be put aside or removed', async (_, props, expected) => {
    const create = 'CREATE (o:CacheOutbox) SET o = $props RETURN elementId(o) AS ref'
    const [aside, removed] = [await game.run(create, { props }), await game.run(create, { props })]
    const refs = [aside[0]?.['ref'], removed[0]?.['ref']]
    const nodes = (await world.outbox.pending(10_000)).filter(node => refs.includes(node.ref))
    expect(nodes).toHaveLength(2)
    for (const node of nodes) expect(node).toEqual({ ref: node.ref, ...expected })
    expect((await world.outbox.backlog()).pending).toBeGreaterThanOrEqual(2)

    await world.outbox.setAside(
      nodes.filter(node => node.ref === refs[0]),
      'changes: must be a list',
    )
    await world.outbox.remove(nodes.filter(node => node.ref === refs[1]))
    const left = await game.run(
      'MATCH (o) WHERE elementId(o) IN $refs RETURN labels(o) AS labels, properties(o) AS o',
      { refs },
    )
    expect(left).toEqual([
      {
        labels: ['CacheOutboxRefused'],
        o: { ...props, refused_because: 'changes: must be a list', refused_at: expect.any(BigInt) },
      },
    ])
  })
})

test("a node of the game's that came to stand where one stood is not touched", async () => {
  const [row] = await game.run("CREATE (n:Treasure {id: 'same'}) RETURN elementId(n) AS ref")
  const gone = { ref: String(row?.['ref']), id: 'same', worldId: 'w', changes: [], recordedAtMs: 0 }
  await world.outbox.remove([gone])
  await world.outbox.setAside([gone], 'no')
  const found = await game.run(
    'MATCH (n) WHERE elementId(n) = $ref RETURN labels(n) AS labels, properties(n) AS props',
    { ref: gone.ref },
  )
  expect(found).toEqual([{ labels: ['Treasure'], props: { id: 'same' } }])
})

describe('a write through a cache', () => {
  const asked: string[] = []
  const through = {
    outbox: { id: randomUUID(), changes: [] },
    beforeCommit: async () => void asked.push('asked'),
  }

  test('to a Neo4j that is down is refused before the cache is asked', async () => {
    const down = worldAt({ uri: 'bolt://127.0.0.1:1', retryWritesForMs: 300 })
    const unavailable = expect.objectContaining({ code: 'WorldUnavailable' })
    await expect(down.setFlags('w', { a: 1 }, through)).rejects.toEqual(unavailable)
    await expect(down.saveSnapshot('w', {}, through)).rejects.toEqual(unavailable)
    await expect(down.outbox.record('w', [])).rejects.toEqual(unavailable)
    await expect(down.outbox.backlog()).rejects.toEqual(unavailable)
    expect(asked).toEqual([])
  })

  test('that is kept waiting for the answer for too long is given up for good', async () => {
    const impatient = worldAt({ queryTimeoutMs: 200 })
    let answer = () => {}
    const answered = new Promise<void>(resolve => {
      answer = resolve
    })
    const id = randomUUID()
    const slow = { outbox: { id, changes: [{ n: 1 }] }, beforeCommit: () => answered }
    await expect(impatient.setFlags(game.worldId, { late: true }, slow)).rejects.toMatchObject({
      code: 'WorldUnavailable',
    })
    answer()
    // its lock is free, and whatever a late commit could have done would be seen after this one
    expect(await impatient.setFlags(game.worldId, { next: true })).toEqual({ next: true })
    expect(await world.flags(game.worldId)).toEqual({ next: true })
    expect((await pendingOf(game.worldId)).map(node => node.id)).not.toContain(id)
  })
})

describe('many nodes', () => {
  const many = 200_000
  const limit = 500n
  const hits = (plan: Operator[]): number => plan.reduce((sum, operator) => sum + operator.hits, 0)
  const names = (plan: Operator[]): string[] => plan.map(operator => operator.name)

  test(`of ${many} a page costs what it costs of a few`, async () => {
    const noRows = await game.profile(removeCypher, { rows: [] })
    expect(names(noRows)).toContain('NodeByElementIdSeek') // planned while hardly any are there

    await game.run('DROP INDEX hearth_outbox IF EXISTS')
    for (let made = 0; made < many; made += 20_000) {
      await game.run(
        `UNWIND range($made + 1, $made + 20000) AS i CREATE (:CacheOutbox {
          id: randomUUID(), world_id: 'crowd', changes: '[{"kind":"flags-changed"}]',
          recorded_at: timestamp() - 1000000 + (i * 7919) % 200000})`,
        { made: BigInt(made) },
      )
    }
    const sampled = await game.profile(backlogCypher({ outbox: false }), {})
    await world.schema()
    const indexed = await game.profile(backlogCypher({ outbox: true }), {})
    const page = await world.outbox.pending(Number(limit))
    const pending = await game.profile(pendingCypher, { limit })
    const remove = await game.profile(removeCypher, { rows: page.map(({ ref, id }) => ({ ref, id })) })
    console.log(
      `db hits with ${many} pending: page of ${limit} ${hits(pending)}, removed ${hits(remove)},`,
      `backlog ${hits(indexed)} by the index, ${hits(sampled)} without`,
    )
    expect(page).toHaveLength(Number(limit))
    expect(hits(pending)).toBeLessThan(12 * Number(limit))
    expect(hits(remove)).toBeLessThan(6 * Number(limit))
    expect(hits(indexed)).toBeLessThan(20)
    expect(hits(sampled)).toBeLessThan(5_000)

    const backlog = await world.outbox.backlog()
    expect(backlog.pending).toBeGreaterThanOrEqual(many - Number(limit))
    expect(backlog.oldestMs).toBeGreaterThanOrEqual(999_000)

    const seen = new Set(page.map(node => node.id))
    for (let i = 0; i < 4; i++) {
      const next = await world.outbox.pending(2_000)
      for (const node of next) seen.add(node.id)
      await world.outbox.remove(next)
    }
    expect(seen.size).toBe(Number(limit) + 8_000) // no page gives again what was removed
    expect((await world.outbox.backlog()).pending).toBe(backlog.pending - 8_000)
    const late = await game.profile(pendingCypher, { limit })
    expect(hits(late)).toBeLessThan(12 * Number(limit)) // nor walks over it
  }, 180_000)
})
