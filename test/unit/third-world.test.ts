import * as vitest from 'vitest'
import { describe, expect, test } from 'vitest'
import type { World } from '../../index.ts'
import { describeOutboxContract, describeWorldContract, type TestRunner } from '../../testing.ts'
import { storeWorldOfPage } from '../support/store-world.ts'

const storeWorld = storeWorldOfPage()

describeWorldContract(vitest, { name: 'the world of docs/world.md', open: storeWorld })
describeOutboxContract(vitest, { name: 'the world of docs/world.md', open: storeWorld })

/** Runs both suites against a world with a minimal test runner, and returns the names of the tests that fail. */
async function failuresOf(open: () => World): Promise<string[]> {
  const tests: { name: string; body: () => Promise<void> }[] = []
  const befores: (() => Promise<void>)[] = []
  const names: string[] = []
  const add = (name: string, body: () => Promise<void>) =>
    tests.push({ name: [...names, name].join(' '), body })
  const runner: TestRunner = {
    describe(name, body) {
      names.push(name)
      body()
      names.pop()
    },
    test: Object.assign(add, { skip: () => {} }),
    beforeAll: body => befores.push(body),
    afterAll: () => {},
    expect,
  }
  describeWorldContract(runner, { name: 'it', open })
  describeOutboxContract(runner, { name: 'it', open })
  for (const before of befores) await before()
  const failed: string[] = []
  for (const { name, body } of tests) {
    await body().catch(() => failed.push(name.replace(/^it keeps the contract of an? \w+: /, '')))
  }
  return failed
}

/** The world of the page with one fault. */
const broken = (fault: (world: World) => Partial<World>) => (): World => {
  const world = storeWorld()
  return { ...world, ...fault(world) }
}

describe('a world that breaks its contract fails the suite:', () => {
  test('the correct world passes', async () => {
    expect(await failuresOf(storeWorld)).toEqual([])
  })

  test.each<[string, (world: World) => Partial<World>, string]>([
    [
      'the outbox node is written after the commit',
      world => ({
        async setFlags(worldId, flags, through) {
          await through?.beforeCommit()
          const written = await world.setFlags(worldId, flags)
          if (through) await world.outbox.record(worldId, through.outbox.changes)
          return written
        },
      }),
      'setting flags through a cache asks before it commits: no other reader sees the write, or its node, yet',
    ],
    [
      'a refused write leaves its node',
      world => ({
        async setFlags(worldId, flags, through) {
          if (through) await world.outbox.record(worldId, through.outbox.changes, through.outbox.id)
          return world.setFlags(worldId, flags, through && { ...through, outbox: { id: 'x', changes: [] } })
        },
      }),
      'setting flags through a cache leaves nothing where the answer is an error, and hands that error on',
    ],
    [
      'timelines come oldest first',
      world => ({
        async timelines(...args) {
          return (await world.timelines(...args)).map(events => events?.reverse() ?? null)
        },
      }),
      'timelines are newest first, whatever the year and the offset, and keep the text of each timestamp',
    ],
    [
      'a batch answers in the order of the ids, not of the question',
      world => ({
        entities: (worldId, refs) =>
          world.entities(
            worldId,
            refs.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
          ),
      }),
      'entities come in the order asked for, doubles too, null where there is none',
    ],
    [
      'a batch leaves out what does not exist',
      world => ({
        async timelines(...args) {
          return (await world.timelines(...args)).filter(events => events !== null)
        },
      }),
      'timelines are null for the unknown, [] without events, in the order asked for',
    ],
  ])('%s', async (_, fault, noticedBy) => {
    expect(await failuresOf(broken(fault))).toContain(noticedBy)
  })
})
