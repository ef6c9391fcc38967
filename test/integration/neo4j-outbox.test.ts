import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import neo4j, { type Driver } from 'neo4j-driver'
import * as vitest from 'vitest'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createKeys } from '../../cache/keys.ts'
import { isWellFormed } from '../../model/ids.ts'
import type { OutboxNode } from '../../model/outbox-node.ts'
import { createRelay } from '../../queues/relay.ts'
import { describeOutboxContract } from '../../testing.ts'
import type { Neo4jWorldOptions } from '../../world/neo4j/options.ts'
import { writeOutboxNode } from '../../world/neo4j/outbox.ts'
import { outboxLabels } from '../../world/neo4j/outbox-cypher.ts'
import { type Neo4jWorld, neo4jWorld } from '../../world/neo4j/world.ts'
import { indexedFleet } from '../support/indexed-fleet.ts'
import { staleTargets } from '../support/kinds.ts'
import { type Game, startGame } from '../support/neo4j-game.ts'
import { neo4jAuth } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

/** A fleet of its own, because the outbox of the fleet without a name has the changes of all tests. */
const fleet = indexedFleet
const { pending: label, refused: refusedLabel } = outboxLabels(fleet)
const server = { ...neo4jAuth(), fleet }
let driver: Driver
let world: Neo4jWorld
let game: Game
beforeAll(async () => {
  driver = neo4j.driver(server.uri, neo4j.auth.basic(server.user, server.password))
  world = neo4jWorld(server)
  game = await startGame(server)
})
afterAll(async () => {
  await game?.run(`MATCH (o:${label}|${refusedLabel}) DETACH DELETE o`) // other tests search all nodes for those of a world
  await Promise.all([driver?.close(), world?.close(), game?.close()])
})

/** The existing nodes of this world. */
const pendingOf = async (worldId: string, { outbox } = world): Promise<OutboxNode[]> =>
  (await outbox.pending(10_000)).filter(node => node.worldId === worldId)

function worldAt(options: Partial<Neo4jWorldOptions>): Neo4jWorld {
  const other = neo4jWorld({ ...server, ...options })
  onTestFinished(() => other.close())
  return other
}

describe('without the index', () => {
  describeOutboxContract(vitest, {
    name: 'a plain world in Neo4j',
    open: () => neo4jWorld({ ...neo4jAuth(), fleet: fresh('fleet').replaceAll('-', '_'), graph: 'plain' }),
  })
})

describe('with it', () => {
  describeOutboxContract(vitest, {
    name: 'an indexed world in Neo4j',
    open: async () => {
      const made = neo4jWorld(server)
      expect((await made.facts()).lacking).toEqual([])
      return made
    },
  })
})

describe("a node in the backend's own transaction", () => {
  const changes = [{ kind: 'entity-deleted', type: 'object', id: 'o1' }]
  const node = () => ({ id: randomUUID(), worldId: `w-${randomUUID()}`, changes, fleet })

  const readAs = ({ fleet: _, ...read }: ReturnType<typeof node>) => read

  test('exists once the transaction is committed, and not before', async () => {
    const session = driver.session()
    const tx = session.beginTransaction()
    const mine = node()
    await writeOutboxNode(tx, mine)
    expect(await pendingOf(mine.worldId)).toEqual([])
    await tx.commit()
    expect(await pendingOf(mine.worldId)).toMatchObject([readAs(mine)])
    const managed = node()
    await session.executeWrite(open => writeOutboxNode(open, managed))
    expect(await pendingOf(managed.worldId)).toMatchObject([readAs(managed)])
    await session.close()
  })

  test('does not exist if the transaction is rolled back', async () => {
    const session = driver.session()
    const tx = session.beginTransaction()
    const mine = node()
    await writeOutboxNode(tx, mine)
    await tx.rollback()
    await session.close()
    expect(await pendingOf(mine.worldId)).toEqual([])
  })

  test('rethrows an error of the driver, so that executeWrite can decide whether to retry', async () => {
    const session = driver.session({ defaultAccessMode: neo4j.session.READ })
    const tx = session.beginTransaction()
    const refused = writeOutboxNode(tx, node())
    await expect(refused).rejects.toBeInstanceOf(neo4j.Neo4jError)
    await session.close()
  })
})

test('the Cypher of docs/outbox.md writes a node that can be read, in every example', async () => {
  const text = await readFile(new URL('../../docs/outbox.md', import.meta.url), 'utf8')
  const written = text.match(/CREATE \(:CacheOutbox \{[^}]*\}\)/g) ?? []
  expect(written).toHaveLength(3) // plain, Python, Go
  const unnamed = neo4jWorld(neo4jAuth())
  onTestFinished(() => unnamed.close())
  for (const cypher of written) {
    const worldId = `w-${randomUUID()}`
    await game.run(cypher, { world_id: worldId, changes_json: '[{"kind":"flags-changed"}]' })
    const nodes = await pendingOf(worldId, unnamed)
    const [node] = nodes
    expect(node).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), worldId })
    expect(node?.changes).toEqual([{ kind: 'flags-changed' }])
    expect(node?.recordedAtMs).toBeGreaterThan(Date.now() - 60_000)
    await unnamed.outbox.remove(nodes)
    expect(await pendingOf(worldId, unnamed)).toEqual([])
  }
})

describe('a node that another program wrote wrongly', () => {
  const good = { id: 'good', world_id: 'w', changes: '[]', recorded_at: 5n }
  const { id: _id, ...noId } = good
  const { world_id: _world, ...noWorld } = good
  const { recorded_at: _at, ...noTime } = good
  const { changes: _changes, ...noChanges } = good
  const read = { id: 'good', worldId: 'w', changes: [], recordedAtMs: 5 }
  const noList = 'changes must be text: a JSON list of changes'
  const cases: [string, object, object][] = [
    [
      'without anything',
      {},
      { id: '', worldId: '', changes: undefined, unreadable: noList, recordedAtMs: 0 },
    ],
    ['without an id', noId, { ...read, id: '' }],
    ['without a world', noWorld, { ...read, worldId: '' }],
    ['without a time', noTime, { ...read, recordedAtMs: 0 }],
    ['without changes', noChanges, { ...read, changes: undefined, unreadable: noList }],
    [
      'with changes that are no JSON',
      { ...good, changes: "[{'kind': 'flags-changed'}]" },
      {
        ...read,
        changes: undefined,
        unreadable: expect.stringMatching(/^changes must be a JSON list.*: .*JSON/),
      },
    ],
    [
      'with changes that are a list of text',
      { ...good, changes: ['[]'] },
      { ...read, changes: undefined, unreadable: noList },
    ],
    ['with numbers for ids', { ...good, id: 7n, world_id: 1.5 }, { ...read, id: '7', worldId: '1.5' }],
    ['with lists for ids', { ...good, id: ['a'], world_id: ['w'] }, { ...read, id: '', worldId: '' }],
    ['with a time that is none', { ...good, recorded_at: 'noon' }, { ...read, recordedAtMs: 0 }],
  ]

  test.each(cases)('%s is read, and can be set aside or removed', async (_, props, expected) => {
    const create = `CREATE (o:${label}) SET o = $props RETURN elementId(o) AS ref`
    const [aside, removed] = [await game.run(create, { props }), await game.run(create, { props })]
    const refs = [aside[0]?.['ref'], removed[0]?.['ref']]
    const nodes = (await world.outbox.pending(10_000)).filter(node => refs.includes(node.ref))
    expect(nodes).toHaveLength(2)
    const bookmarks = [expect.stringMatching(/^FB:/)]
    for (const node of nodes) expect(node).toEqual({ ref: node.ref, bookmarks, ...expected })
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
        labels: [refusedLabel],
        o: { ...props, refused_because: 'changes: must be a list', refused_at: expect.any(BigInt) },
      },
    ])
  })
})

test('a node of the game with the internal id of a deleted one is not touched', async () => {
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

describe('the relay, whatever a node contains,', () => {
  const keys = createKeys()
  /** Relays until nothing is pending. Delivered targets become keys, as in the cache. */
  async function relayAll(outbox = world.outbox) {
    const relayed: string[] = []
    const refused = new Map<string, string>()
    await new Promise<void>((resolve, reject) => {
      const relay = createRelay({
        outbox: {
          ...outbox,
          async pending(limit) {
            const nodes = await outbox.pending(limit)
            if (nodes.length === 0) resolve()
            return nodes
          },
        },
        alreadyInvalidated: async nodes => nodes.map(() => false),
        targetsOf: staleTargets,
        async deliver(payloads) {
          relayed.push(...payloads.map(({ worldId, target }) => keys.entryOf(worldId, target).key))
          return payloads
        },
        enqueue: async () => {},
        leads: () => true,
        pollMs: 5,
        onRefused(nodes, reason) {
          for (const { id } of nodes) refused.set(id, reason)
        },
        onError: error => error && reject(error),
      })
      onTestFinished(() => relay.close(1_000))
    })
    return { relayed, refused }
  }
  const changesOf = (entityId: string) => JSON.stringify([{ kind: 'event-added', entityIds: [entityId] }])
  const create = `UNWIND $rows AS row CREATE (o:${label}) SET o = row`
  const aside = (id: string) =>
    game.run(`MATCH (o:${refusedLabel} {id: $id}) RETURN o.refused_because AS why`, { id })

  beforeEach(async () => void (await game.run(`MATCH (o:${label}) DETACH DELETE o`)))

  test('sets a poisonous node aside alone: other worlds are relayed, and an outage ends', async () => {
    const [poison, good] = [randomUUID(), randomUUID()]
    const node = { world_id: 'poisoned', recorded_at: 5n }
    const changes = JSON.stringify([
      { kind: 'event-added', entityIds: ['\ud800'] },
      { kind: 'entity-updated', type: 'object', id: 'o1' },
    ])
    await game.run(create, {
      rows: [
        { ...node, id: poison, changes },
        { ...node, id: good, world_id: 'healthy', changes: changesOf('c1') },
      ],
    })
    const { relayed, refused } = await relayAll()
    expect([...refused.keys()]).toEqual([poison])
    expect(refused.get(poison)).toMatch(/0\.entityIds\.0: must be well-formed Unicode, got a lone surrogate/)
    expect(await aside(poison)).toEqual([{ why: refused.get(poison) }])
    expect(relayed.sort()).toEqual([
      'lw:world:healthy:timeline:c1:recent',
      'lw:world:poisoned:flags', // what it says is not known, so what would never expire, and what can be read of it
      'lw:world:poisoned:object:o1:state',
      'lw:world:poisoned:state',
    ])
    expect(await world.outbox.pendingSince({ atLeastMs: 0, atMostMs: Number.MAX_SAFE_INTEGER })).toBe(false)
  })

  test('removes one that has relationships, and reads one of 2 MB and one of 20 MB', async () => {
    const [linked, long, endless] = [randomUUID(), randomUUID(), randomUUID()]
    const ids = Array.from({ length: 10_000 }, (_, i) => `c${i}-${'x'.repeat(190)}`)
    const node = { world_id: 'w', recorded_at: 5n }
    await game.run(create, {
      rows: [
        { ...node, id: linked, changes: changesOf('c1') },
        { ...node, id: long, changes: JSON.stringify([{ kind: 'event-added', entityIds: ids }]) },
        { ...node, id: endless, changes: `[${' '.repeat(20_000_000)}]` },
      ],
    })
    await game.run(`MATCH (o:${label} {id: $id}) CREATE (o)<-[:CHANGED]-(:Game)`, { id: linked })
    const { relayed, refused } = await relayAll()
    expect(relayed.filter(key => key.includes(':timeline:'))).toHaveLength(10_001)
    expect([...refused]).toEqual([
      [endless, 'changes are 20000002 characters long; at most 16000000 are read'],
    ])
    expect(await aside(endless)).toHaveLength(1)
  })

  test('handles any property of any type: valid nodes are relayed, all others set aside', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('', 'x'.repeat(400)))
    const anyProperty: fc.Arbitrary<unknown> = fc.oneof(
      text.filter(isWellFormed),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n),
      fc.double(),
      fc.boolean(),
      fc.array(text.filter(isWellFormed), { maxLength: 3 }),
      fc.array(fc.double(), { maxLength: 3 }),
      fc.constantFrom(
        neo4j.types.DateTime.fromStandardDate(new Date(0)),
        new neo4j.types.Duration(1n, 2n, 3n, 4n),
        new neo4j.types.Point(7203n, 1, 2),
        new neo4j.types.Date(1n, 2n, 3n),
      ),
    )
    const anyChanges = fc.oneof(anyProperty, fc.json())
    const node = fc.record(
      { id: anyProperty, world_id: anyProperty, changes: anyChanges, recorded_at: anyProperty },
      { requiredKeys: [] },
    )
    const rows = fc.sample(node, 300)
    const good = { id: randomUUID(), world_id: 'w-any', changes: changesOf('c-any'), recorded_at: 5n }
    await game.run(create, { rows: [...rows, good] })
    const { relayed } = await relayAll()
    expect(relayed).toContain('lw:world:w-any:timeline:c-any:recent')
    expect((await world.outbox.backlog()).pending).toBe(0)
    const [{ left } = {}] = await game.run(
      `MATCH (o:${refusedLabel}) WHERE o.refused_because IS NOT NULL RETURN count(o) AS left`,
    )
    expect(Number(left)).toBeGreaterThanOrEqual(rows.length - 5)
  })
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

  test('whose answer takes too long is given up for good', async () => {
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
    // its lock is free, and effects of a late commit would be visible after this write
    expect(await impatient.setFlags(game.worldId, { next: true })).toEqual({ next: true })
    expect(await world.flags(game.worldId)).toEqual({ next: true })
    expect((await pendingOf(game.worldId)).map(node => node.id)).not.toContain(id)
  })
})
