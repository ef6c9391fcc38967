import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { createCache } from '../../cache/cache.ts'
import { connectCache } from '../../cache/connect.ts'
import type { Entry } from '../../cache/keys.ts'
import type { Scripts } from '../../cache/scripts.ts'
import type { EntityRef } from '../../model/world-data.ts'
import { withoutLeaseCheck } from '../support/broken-scripts.ts'
import { createInterleaver, gated } from '../support/interleave.ts'
import { kinds } from '../support/kinds.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

/**
 * A model of the protocol on a real Redis: readers, warmers, refreshers and changes, stopped at every await and
 * continued in an order that fast-check chooses. The source is a register for each entity, raised by every change.
 */
const redisOfRun = connectCache(redisUrl(), () => {})
afterAll(() => redisOfRun.disconnect())

const entityIds = ['a', 'b']
type Actor = { does: 'read' | 'read-both' | 'warm' | 'renew' | 'change'; id: string }

const actor: fc.Arbitrary<Actor> = fc.record({
  does: fc.constantFrom('read', 'read-both', 'warm', 'renew', 'change'),
  id: fc.constantFrom(...entityIds),
})

async function play(
  actors: readonly Actor[],
  order: readonly number[],
  scripts?: Scripts,
): Promise<string[]> {
  const interleaver = createInterleaver()
  const redis = gated(redisOfRun, ['get', 'mget', 'evalsha', 'eval'], interleaver)
  const {
    keys,
    read: cached,
    fill: fillCache,
    leases,
  } = createCache({
    redis,
    waitMs: 50,
    sleep: () => interleaver.gate(async () => {}),
    ...(scripts && { scripts }),
  })
  const worldId = fresh('model')
  const truth = new Map(entityIds.map(id => [id, 0]))
  const acknowledged = new Map(entityIds.map(id => [id, 0]))
  const wrong: string[] = []

  const entryOf = (id: string): Entry => keys.entry(kinds.entity, worldId, { type: 'object', id })
  const load = (entries: readonly Entry[]) =>
    interleaver.gate(async () =>
      entries.map(({ item }) => ({ is: truth.get((item as EntityRef).id) as number })),
    )

  async function read(ids: readonly string[]) {
    const least = ids.map(id => acknowledged.get(id) as number)
    const values =
      ids.length === 1
        ? [await cached.one<{ is: number }>(entryOf(ids[0] as string), load)]
        : await cached.many<{ is: number }>(ids.map(entryOf), load)
    ids.forEach((id, i) => {
      const seen = values[i]?.is ?? -1
      if (seen < (least[i] as number)) wrong.push(`read ${id} = ${seen} after ${least[i]} was acknowledged`)
    })
  }
  const fill = (id: string, mode: 'warm' | 'renew') =>
    fillCache({ entries: [entryOf(id)], load, mode, by: 'warm', waitMs: 50 })
  async function change(id: string) {
    const value = await interleaver.gate(async () => {
      const next = (truth.get(id) as number) + 1
      truth.set(id, next)
      return next
    })
    await leases.invalidate(worldId, [entryOf(id)])
    acknowledged.set(id, Math.max(value, acknowledged.get(id) as number))
  }

  const acting = actors.map(({ does, id }) => {
    if (does === 'read') return read([id])
    if (does === 'read-both') return read(entityIds)
    return does === 'change' ? change(id) : fill(id, does)
  })
  let step = 0
  await Promise.all([...acting, interleaver.drive(count => (order[step++] ?? 0) % Math.max(count, 1))])

  for (const id of entityIds) {
    const text = await redisOfRun.get(entryOf(id).key)
    if (text !== null && JSON.parse(text).is !== truth.get(id))
      wrong.push(`stored ${id} ${text}, truth ${truth.get(id)}`)
    expect(await redisOfRun.get(entryOf(id).lease), 'no lease is left behind').toBeNull()
  }
  return wrong
}

const property = (scripts?: Scripts) =>
  fc.asyncProperty(
    fc.array(actor, { minLength: 2, maxLength: 6 }),
    fc.array(fc.nat(), { maxLength: 60, size: 'max' }), // else fast-check makes arrays of at most ten
    async (actors, order) => {
      expect(await play(actors, order, scripts)).toEqual([])
    },
  )

test('no order of readers, warmers, refreshers and changes stores or returns a stale value', async () => {
  await fc.assert(property(), { numRuns: 1_000 })
})

test('the model notices when fill does not check the lease', async () => {
  const { failed } = await fc.check(property(withoutLeaseCheck), { numRuns: 2_000, endOnFailure: true })
  expect(failed).toBe(true)
})
