import { randomUUID } from 'node:crypto'
import type { OutboxNode } from '../../model/outbox-node.ts'
import type { World } from '../world.ts'
import type { ContractOptions } from './contract.ts'
import type { TestRunner } from './runner.ts'
import { openOnce } from './setup.ts'

const most = 100_000

/**
 * What the outbox and the write-through of every `World` must do. Apart from the rest of the contract, since an outbox
 * belongs to the whole source: a relay that another test runs there would empty it.
 */
export function describeOutboxContract(runner: TestRunner, { name, open }: ContractOptions): void {
  runner.describe(`${name} keeps the contract of an outbox:`, () => {
    const world = openOnce(runner, open)
    describeNodes(runner, world)
    describeBacklog(runner, world)
    describeWriteThrough(runner, world)
    describeWriters(runner, world)
  })
}

/** A new world, and what is pending of it. */
async function setup(world: () => World) {
  const worldId = `w-${randomUUID()}`
  await world().saveSnapshot(worldId, { world_name: 'old' })
  const pending = async () => (await world().outbox.pending(most)).filter(node => node.worldId === worldId)
  const only = async (): Promise<OutboxNode> => {
    const [node, ...more] = await pending()
    if (!node || more.length > 0)
      throw new Error(`one node should be pending, not ${node ? more.length + 1 : 0}`)
    return node
  }
  return { worldId, outbox: world().outbox, pending, only }
}

const through = (beforeCommit: () => Promise<void> = async () => {}, id: string = randomUUID()) => ({
  outbox: { id, changes: [{ kind: 'flags-changed' }] },
  beforeCommit,
})

function describeNodes({ describe, test, expect }: TestRunner, world: () => World): void {
  describe('a node', () => {
    test('that is recorded is pending, as it was written', async () => {
      const { worldId, outbox, only } = await setup(world)
      const changes = [{ kind: 'event-added', entityIds: ['c:1 "x"', '🐉'] }, { kind: 'flags-changed' }]
      const begun = Date.now()
      const id = await outbox.record(worldId, changes)
      const { bookmarks: _, ...node } = await only()
      expect(node).toEqual({ ref: node.ref, id, worldId, changes, recordedAtMs: node.recordedAtMs })
      expect(Math.abs(node.recordedAtMs - begun)).toBeLessThan(60_000) // the source has a clock of its own
      expect(await outbox.record(worldId, changes, 'mine')).toBe('mine')
    })

    test('is in a page of at most the given size, and every node is in one of the pages', async () => {
      const { worldId, outbox, pending } = await setup(world)
      const ids = new Set<string>()
      for (let i = 0; i < 7; i++) ids.add(await outbox.record(worldId, [{ i }]))
      expect(await outbox.pending(3)).toHaveLength(3)
      for (;;) {
        const page = await outbox.pending(3)
        if (page.length === 0) break
        for (const node of page) ids.delete(node.id)
        await outbox.remove(page)
      }
      expect([...ids]).toEqual([])
      expect(await pending()).toEqual([])
    })

    test('is there until it is removed, and removed alone; twice is no error', async () => {
      const { worldId, outbox, pending } = await setup(world)
      const kept = await outbox.record(worldId, [{ n: 1 }])
      const gone = await outbox.record(worldId, [{ n: 2 }])
      const removed = (await pending()).filter(node => node.id === gone)
      await outbox.remove(removed)
      await outbox.remove(removed)
      await outbox.remove([])
      expect((await pending()).map(node => node.id)).toEqual([kept])
    })

    test('removed by several at once, while others look, is no error', async () => {
      const { worldId, outbox, pending } = await setup(world)
      for (let round = 0; round < 8; round++) {
        await Promise.all(Array.from({ length: 50 }, (_, i) => outbox.record(worldId, [{ i }])))
        const all = await pending()
        expect(all).toHaveLength(50)
        const removed = [outbox.remove(all), outbox.remove(all.toReversed()), outbox.setAside(all, 'late')]
        await Promise.all([...removed, outbox.pending(most), outbox.backlog()])
        expect(await pending()).toEqual([])
      }
    })

    test('that stands where another stood is not removed, nor put aside, in its place', async () => {
      const { worldId, outbox, only } = await setup(world)
      await outbox.record(worldId, [{ n: 1 }])
      const old = await only()
      await outbox.remove([old])
      const id = await outbox.record(worldId, [{ n: 2 }])
      await outbox.remove([old])
      const fresh = await only()
      await outbox.remove([{ ...old, ref: fresh.ref }])
      await outbox.setAside([{ ...old, ref: fresh.ref }], 'not this one')
      const { bookmarks, ...node } = fresh // which others move on
      expect(await only()).toMatchObject(node)
      expect(fresh.id).toBe(id)
    })

    test('that is put aside is pending no more', async () => {
      const { worldId, outbox, pending, only } = await setup(world)
      await outbox.record(worldId, [{ kind: 'nonsense' }])
      await outbox.setAside([await only()], 'kind: must be one that there is')
      expect(await pending()).toEqual([])
    })

    test('belongs to whatever world it names, there or not', async () => {
      const nowhere = `w-${randomUUID()}`
      const id = await world().outbox.record(nowhere, [{ kind: 'flags-changed' }])
      const found = (await world().outbox.pending(most)).filter(node => node.worldId === nowhere)
      expect(found.map(node => node.id)).toEqual([id])
    })
  })
}

function describeBacklog({ test, expect }: TestRunner, world: () => World): void {
  test('it knows whether a node of a given age is pending', async () => {
    const { worldId, outbox, only } = await setup(world)
    const minute = 60_000
    await outbox.remove(await outbox.pending(most))
    await outbox.record(worldId, [{ kind: 'flags-changed' }])
    expect(await outbox.pendingSince({ atLeastMs: 0, atMostMs: minute })).toBe(true)
    expect(await outbox.pendingSince({ atLeastMs: minute, atMostMs: 2 * minute })).toBe(false)
    await outbox.remove([await only()])
    expect(await outbox.pendingSince({ atLeastMs: 0.5, atMostMs: minute })).toBe(false)
  })

  test('it knows the worlds of the nodes of a given age, and passes over worlds that are left out', async () => {
    const { outbox } = world()
    await outbox.remove(await outbox.pending(most))
    const ids = Array.from({ length: 3 }, (_, i) => `w${i}-${randomUUID()}`)
    for (const id of [...ids, ...ids]) await outbox.record(id, [{ kind: 'flags-changed' }])
    const [first, ...others] = ids as [string, ...string[]]
    const page = await outbox.pending(2, { except: [first] })
    expect(page).toHaveLength(2)
    expect(page.filter(({ worldId }) => worldId === first)).toEqual([])
    expect(await outbox.pending(most, { except: ids })).toEqual([])

    const recorded = { atLeastMs: 0, atMostMs: 60_000 }
    const since = async (except: string[], limit: number, span = recorded) =>
      (await outbox.worldsSince?.(span, { except, limit }))?.sort()
    if (outbox.worldsSince) {
      expect(await since([], 10)).toEqual([...ids].sort())
      expect(await since([], 2)).toHaveLength(2)
      expect(await since([first], 10)).toEqual([...others].sort())
      expect(await since([], 10, { atLeastMs: 60_000, atMostMs: 120_000 })).toEqual([])
    }
    await outbox.remove(await outbox.pending(most))
  })

  test('the backlog counts what is pending, and knows how old the oldest is', async () => {
    const { worldId, outbox } = await setup(world)
    await outbox.remove(await outbox.pending(most))
    expect(await outbox.backlog()).toEqual({ pending: 0, oldestMs: null })
    await outbox.record(worldId, [{ n: 1 }])
    const [first] = await outbox.pending(1)
    const seen = performance.now()
    await passing(50)
    await outbox.record(worldId, [{ n: 2 }])
    const atLeast = Math.floor(performance.now() - seen) - 2 // two clocks, each rounded
    const backlog = await outbox.backlog()
    expect(backlog.pending).toBe(2)
    expect(backlog.oldestMs).toBeGreaterThanOrEqual(atLeast)
    expect(backlog.oldestMs).toBeLessThan(60_000)
    await outbox.remove(first ? [first] : [])
    expect(await outbox.backlog()).toMatchObject({ pending: 1, oldestMs: expect.any(Number) })
  })
}

/** Resolves when the clock has moved on by that time. */
async function passing(ms: number): Promise<void> {
  const end = Date.now() + ms
  while (Date.now() < end) await new Promise(resolve => setImmediate(resolve))
}

const stateOf = async (world: World, worldId: string) => [
  await world.flags(worldId),
  (await world.snapshot(worldId))?.world_name,
]

function describeWriteThrough({ describe, test, expect }: TestRunner, world: () => World): void {
  const writes = {
    'setting flags': (worldId: string, ...rest: Parameters<typeof through>) =>
      world().setFlags(worldId, { weather: 'storm' }, through(...rest)),
    'saving a snapshot': (worldId: string, ...rest: Parameters<typeof through>) =>
      world().saveSnapshot(worldId, { world_name: 'new' }, through(...rest)),
  }
  for (const [name, write] of Object.entries(writes))
    describe(`${name} through a cache`, () => {
      test('asks before it commits: no other reader sees the write, or its node, yet', async () => {
        const { worldId, pending, only } = await setup(world)
        const before = await stateOf(world(), worldId)
        const seen: unknown[] = []
        const id = randomUUID()
        await write(worldId, async () => void seen.push(await stateOf(world(), worldId), await pending()), id)
        expect(seen).toEqual([before, []])
        expect(await stateOf(world(), worldId)).not.toEqual(before)
        expect(await only()).toMatchObject({ id, worldId, changes: [{ kind: 'flags-changed' }] })
      })

      test('leaves nothing where the answer is an error, and hands that error on', async () => {
        const { worldId, pending } = await setup(world)
        const before = await stateOf(world(), worldId)
        const refusal = new Error('not now')
        const refused = write(worldId, async () => {
          throw refusal
        })
        await expect(refused).rejects.toBe(refusal)
        expect(await stateOf(world(), worldId)).toEqual(before)
        expect(await pending()).toEqual([])
        await write(worldId) // nothing is locked any more
        expect(await stateOf(world(), worldId)).not.toEqual(before)
      })
    })

  test('flags of an unknown world are refused before the cache is asked', async () => {
    const nowhere = `w-${randomUUID()}`
    const asked: string[] = []
    const asking = through(async () => void asked.push('asked'))
    const write = world().setFlags(nowhere, { a: 1 }, asking)
    await expect(write).rejects.toMatchObject({ code: 'WorldNotFound' })
    const bad = world().setFlags(nowhere, [] as never, asking)
    await expect(bad).rejects.toMatchObject({ code: 'InvalidInput' })
    expect(asked).toEqual([])
    expect((await world().outbox.pending(most)).filter(node => node.worldId === nowhere)).toEqual([])
  })

  test('a world that is saved for the first time is not there before the answer', async () => {
    const worldId = `w-${randomUUID()}`
    const seen: unknown[] = []
    const look = async () => void seen.push(await world().snapshot(worldId))
    await world().saveSnapshot(worldId, { world_name: 'first' }, through(look))
    expect(seen).toEqual([null])
    expect((await world().snapshot(worldId))?.world_name).toBe('first')
  })
}

function describeWriters({ test, expect }: TestRunner, world: () => World): void {
  test('two writers follow one another, and both patches stand', async () => {
    const { worldId, pending } = await setup(world)
    const log: unknown[] = []
    let second: Promise<unknown> = Promise.resolve()
    const first = world().setFlags(
      worldId,
      { a: 1, both: 'first' },
      through(async () => {
        log.push('first is asked')
        second = world().setFlags(
          worldId,
          { b: 2, both: 'second' },
          through(async () => void log.push('second is asked', await world().flags(worldId))),
        )
        // time enough for the second to be asked, if nothing held it
        for (let i = 0; i < 30; i++) await world().snapshot(worldId)
        log.push('first goes on')
      }),
    )
    expect(await first).toEqual({ a: 1, both: 'first' })
    expect(await second).toEqual({ a: 1, b: 2, both: 'second' })
    const committed = { a: 1, both: 'first' }
    expect(log).toEqual(['first is asked', 'first goes on', 'second is asked', committed])
    expect(await pending()).toHaveLength(2)
  })

  test('a writer without a cache waits for one with it, and the other way round', async () => {
    const { worldId } = await setup(world)
    let plain: Promise<unknown> = Promise.resolve()
    const first = world().setFlags(
      worldId,
      { a: 1 },
      through(async () => {
        plain = Promise.all([
          world().setFlags(worldId, { b: 2 }),
          world().saveSnapshot(worldId, { world_name: 'x' }),
        ])
        for (let i = 0; i < 30; i++) expect(await stateOf(world(), worldId)).toEqual([{}, 'old'])
      }),
    )
    await first
    await plain
    expect(await stateOf(world(), worldId)).toEqual([{ a: 1, b: 2 }, 'x'])
  })

  test('what is changed after the call is not written', async () => {
    const { worldId } = await setup(world)
    const patch = { a: { deep: 1 } }
    const written = world().setFlags(worldId, patch, through())
    patch.a.deep = 2
    expect(await written).toEqual({ a: { deep: 1 } })
  })
}
