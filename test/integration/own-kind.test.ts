import neo4j from 'neo4j-driver'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { defineKind, recordChanges } from '../../index.ts'
import {
  giveQuest,
  mill,
  openQuests,
  playQuests,
  questsOfPage,
  runPage,
  valueIn,
  warmOf,
  well,
} from '../support/own-kind.ts'
import { openRelay, outboxOf } from '../support/relay-parts.ts'
import { inTime } from '../support/relay-setup.ts'
import { neo4jAuth } from '../support/servers.ts'

test('the code of the page reads quests one by one and in batches, and invalidates them', async () => {
  const game = await playQuests()
  const { worldId } = game
  const { hearth, quests, world } = openQuests()
  const [single, batch] = await runPage('hearth.read(quests', worldId, { hearth, quests })
  expect(single?.answer).toEqual(valueIn(String(single?.said)))
  expect(batch?.answer).toEqual([[well], null])
  expect(world.loadsOfId('query', 'c1'), 'the batch found what was read singly').toBe(1)

  await giveQuest(game, 'c1', mill)
  expect(await hearth.read(quests, worldId, 'c1'), 'cached').toEqual([well])
  const [stale] = await runPage("of: 'quests', ids: ['c1'] }])", worldId, { hearth })
  expect(stale?.answer).toBe('invalidated')
  expect(await hearth.read(quests, worldId, 'c1')).toEqual([well, mill])
  expect(JSON.parse(String(await hearth.cache.redis.get(`lw:world:${worldId}:quests:c1`)))).toEqual([
    well,
    mill,
  ])
})

test('an absence is remembered: the second read asks nothing', async () => {
  const { worldId } = await playQuests()
  const { hearth, quests, world } = openQuests()
  expect(await hearth.read(quests, worldId, 'c2')).toBeNull()
  expect(await hearth.readMany(quests, worldId, ['c2'])).toEqual([null])
  expect(world.loadsOf('query')).toBe(1)
  expect(await warmOf(hearth, worldId)).toEqual({ quests: { entries: 0, absent: 1 } })
})

test('many readers of two hearths at once make one load', async () => {
  const { worldId } = await playQuests()
  const [one, two] = [openQuests(), openQuests()]
  const load = one.world.holdNextLoad({ method: 'query' })
  const first = one.hearth.read(one.quests, worldId, 'c1')
  await load.started
  const others = [one, two].flatMap(({ hearth, quests }) =>
    Array.from({ length: 50 }, () => hearth.read(quests, worldId, 'c1')),
  )
  load.release()
  for (const found of await Promise.all([first, ...others])) expect(found).toEqual([well])
  expect(one.world.loadsOf('query') + two.world.loadsOf('query')).toBe(1)
})

test('a load during a change is not stored', async () => {
  const game = await playQuests()
  const { worldId } = game
  const { hearth, quests, world } = openQuests()
  const load = world.holdNextLoad({ method: 'query' })
  const reading = hearth.read(quests, worldId, 'c1')
  await load.started
  await giveQuest(game, 'c1', mill)
  await hearth.changed(worldId, [{ kind: 'stale', of: 'quests', ids: ['c1'] }])
  load.release()
  expect(await reading, 'the read began again').toEqual([well, mill])
  expect(await hearth.read(quests, worldId, 'c1')).toEqual([well, mill])
})

test('a change that the declaration names makes it stale', async () => {
  const game = await playQuests()
  const quests = defineKind({
    name: 'quests',
    per: 'entity',
    value: z.array(z.object({ quest_id: z.string() })),
    ttlMs: 300_000,
    cypher: String(questsOfPage().cypher),
    staleOn: { 'event-added': change => change.entityIds, 'entity-deleted': ({ id }) => [id] },
  })
  const { hearth } = openQuests({ kinds: [quests] })
  const { worldId } = game
  const read = () => hearth.read(quests, worldId, 'c1')
  expect(await read()).toMatchObject([{ quest_id: 'q1' }])
  await giveQuest(game, 'c1', mill)
  await hearth.changed(worldId, [{ kind: 'event-added', entityIds: ['c1'] }])
  expect(await read()).toMatchObject([{ quest_id: 'q1' }, { quest_id: 'q2' }])
  await game.run('MATCH (:World {world_id: $worldId})-->(q:Quest {quest_id: "q1"}) DETACH DELETE q')
  await hearth.changed(worldId, [{ kind: 'entity-updated', type: 'character', id: 'c1' }])
  expect(await read(), 'no change that it names').toHaveLength(2)
  await hearth.changed(worldId, [{ kind: 'entity-deleted', type: 'character', id: 'c1' }])
  expect(await read()).toHaveLength(1)
})

test('a change that names no kind of this process is refused, with the kinds that exist', async () => {
  const { hearth } = openQuests()
  const stale = (change: object) => hearth.changed('w', [{ kind: 'stale', ...change } as never])
  await expect(stale({ of: 'shops', ids: ['c1'] })).rejects.toMatchObject({
    code: 'InvalidInput',
    message: expect.stringMatching(/changes\.0\.of: must be a kind: .*quests; got "shops"/),
  })
  await expect(stale({ of: 'quests' })).rejects.toThrow(
    /changes\.0\.ids: must be ids, since quests is kept per entity/,
  )
  await expect(stale({ of: 'flags', ids: ['c1'] })).rejects.toThrow(/changes\.0\.ids: must be left out/)
})

/** Neo4j as the game's own driver, and a relay of this world. */
function relayOf({ hearth, place, world }: ReturnType<typeof openQuests>, worldId: string) {
  const { uri, user, password } = neo4jAuth()
  const driver = neo4j.driver(uri, neo4j.auth.basic(user, password))
  onTestFinished(() => driver.close())
  const { cache } = hearth
  const refused: string[] = []
  const opened = openRelay({
    outbox: outboxOf(world.outbox, worldId),
    cache,
    place,
    overrides: {
      targetsOf: cache.keys.kinds.staleTargets,
      problemOf: cache.keys.kinds.problemOf,
      onRefused: (_, reason) => refused.push(reason),
      async deliver(payloads) {
        await cache.leases.invalidate(
          worldId,
          payloads.map(({ target }) => cache.keys.entryOf(worldId, target)),
        )
        return payloads
      },
    },
  })
  onTestFinished(() => opened.close())
  return { driver, refused }
}

test('stale through the outbox: recorded in the transaction, or written by the game itself', async () => {
  const game = await playQuests()
  const { worldId } = game
  const opened = openQuests()
  const { hearth, quests } = opened
  const read = () => hearth.read(quests, worldId, 'c1')
  const { driver, refused } = relayOf(opened, worldId)
  expect(await read()).toEqual([well])
  await driver.session().executeWrite(async tx => {
    await tx.run('MATCH (:World {world_id: $worldId})-->(q:Quest {giver: "c1"}) SET q.state = "done"', {
      worldId,
    })
    await recordChanges(tx, worldId, [{ kind: 'stale', of: 'quests', ids: ['c1'] }])
  })
  await expect.poll(read, inTime).toEqual([{ ...well, state: 'done' }])

  const node = async (changes: object[]) => {
    await game.run(
      `CREATE (:CacheOutbox {id: randomUUID(), world_id: $worldId, changes: $changes, recorded_at: datetime()})`,
      { changes: JSON.stringify(changes) },
    )
  }
  await game.run('MATCH (:World {world_id: $worldId})-->(q:Quest {giver: "c1"}) SET q.state = "failed"')
  await node([{ kind: 'stale', of: 'quests', ids: ['c1'] }])
  await expect.poll(read, inTime).toEqual([{ ...well, state: 'failed' }])
  expect(refused).toEqual([])

  await game.run('MATCH (:World {world_id: $worldId})-->(q:Quest {giver: "c1"}) SET q.state = "lost"')
  await node([
    { kind: 'stale', of: 'quests' },
    { kind: 'stale', of: 'quests', ids: ['c1'] },
  ])
  await expect.poll(() => refused, inTime).toEqual([expect.stringMatching(/changes\.0\.ids: must be ids/)])
  expect(await read(), 'what is right of a node is delivered').toEqual([{ ...well, state: 'lost' }])
})

test('a value that does not match is not cached: the read names the kind and the field, and other reads work', async () => {
  const game = await playQuests()
  const { worldId } = game
  const { hearth, quests, entryOf } = openQuests()
  await giveQuest(game, 'c2', { quest_id: 'q9', title: 'No state' })
  const mismatch = {
    code: 'ColumnMismatch',
    message: expect.stringMatching(/the kind quests: .*c2.*0\.state/),
  }
  await expect(hearth.read(quests, worldId, 'c2')).rejects.toMatchObject(mismatch)
  const reading = [
    hearth.readMany(quests, worldId, ['c1', 'c2']),
    hearth.read(quests, worldId, 'c1'),
  ] as const
  await expect(reading[0]).rejects.toMatchObject(mismatch)
  expect(await reading[1]).toEqual([well])
  expect(await hearth.cache.redis.exists(entryOf(worldId, 'c2').key)).toBe(0)
})

test('private fields are dropped, and a private entity has no entry', async () => {
  const game = await playQuests()
  const { worldId } = game
  const quests = defineKind({
    name: 'quests',
    per: 'entity',
    value: z.array(z.looseObject({ quest_id: z.string() })),
    ttlMs: 300_000,
    cypher: `MATCH (:World {world_id: $worldId})-[:CONTAINS_QUEST]->(q:Quest) WHERE q.giver IN $ids
             RETURN q.giver AS id, collect(q {.*}) AS value`,
  })
  const { hearth } = openQuests({ kinds: [quests] })
  await game.addCharacter('secretive', { private: true })
  await giveQuest(game, 'secretive', mill)
  await game.run(
    'MATCH (:World {world_id: $worldId})-->(q:Quest {giver: "c1"}) SET q.password = "x", q.reward = "gold"',
  )
  const [known, hidden] = await hearth.readMany(quests, worldId, ['c1', 'secretive'])
  expect(known).toEqual([{ ...well, giver: 'c1', reward: 'gold' }])
  expect(hidden).toBeNull()
  expect(await warmOf(hearth, worldId)).toEqual({ quests: { entries: 1, absent: 1 } })
})
