import { expect, onTestFinished, test } from 'vitest'
import type { AuditResult } from '../../jobs/audit/payload.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import type { WarmResult } from '../../jobs/warm/payload.ts'
import type { JobRef } from '../../queues/producer.ts'
import { watchJob } from '../../queues/watch.ts'
import { ask, openPages } from '../support/http.ts'
import { fresh, plantWorld } from '../support/setup.ts'

/** A world of which nothing is cached, workers, and the pages. */
async function openWorld(entities = 4) {
  const pages = await openPages()
  const worldId = fresh()
  await plantWorld(pages.world, worldId, { entities, events: 1 })
  const pool = await startPool({ ...pages.place, deps: pages.hearth.jobDeps(), auditAgesMs: [10] })
  onTestFinished(() => pool.close(1_000))
  const { hearth, place } = pages
  const cached = async () =>
    Object.fromEntries((await hearth.cache.inspect(worldId)).rows.map(({ what, entries }) => [what, entries]))
  const done = <Result>(job: JobRef) => watchJob<Result, never>(place, job)
  return { ...pages, worldId, at: `${pages.api}/worlds/${worldId}`, cached, done }
}

test('all of a kind is invalidated, however many pages a walk has, and nothing else', async () => {
  const { hearth, worldId, cached, done } = await openWorld(1_100)
  await done(await hearth.warm(worldId))
  expect(await cached()).toEqual({ flags: 1, snapshot: 1, character: 1_100, timeline: 1_100 })
  // On a busy machine Redis may need more than 50 ms for a page, which is then made stale later.
  const invalidate = async () => (await hearth.invalidate(worldId, { kinds: ['timeline'] })).outcome
  await expect.poll(invalidate).toBe('invalidated')
  expect(await cached()).toEqual({ flags: 1, snapshot: 1, character: 1_100 })
})

test('some kinds of a world are warmed, or loaded anew, which says nothing about how much the whole has', async () => {
  const { hearth, world, worldId, cached, done } = await openWorld()
  const warmed = await done<WarmResult>(await hearth.warm(worldId, { kinds: ['timeline'] }))
  expect(warmed).toMatchObject({ outcome: 'warmed', entries: 4, filled: 4, kinds: ['timeline'] })
  expect(await cached()).toEqual({ flags: 1, snapshot: 1, timeline: 4 })
  expect(await hearth.cache.expectedEntries.of(worldId)).toBeNull()

  const before = world.loadsOf('timelines')
  const again = { alive: 4, filled: 0 }
  expect(await done(await hearth.warm(worldId, { kinds: ['timeline'] }))).toMatchObject(again)
  expect(world.loadsOf('timelines')).toBe(before)
  const anew = await done(await hearth.warm(worldId, { kinds: ['timeline'], force: true }))
  expect(anew).toMatchObject({ alive: 0, filled: 4 })
  expect(world.loadsOf('timelines')).toBe(before + 1)
})

test('all chunks of a large world have the kinds alone that were asked for', async () => {
  const { hearth, worldId, cached, done } = await openWorld(1_100)
  expect(await done(await hearth.warm(worldId, { kinds: ['entity'] }))).toMatchObject({ filled: 1_100 })
  expect(await cached()).toEqual({ flags: 1, snapshot: 1, character: 1_100 })
})

test('an audit of a kind compares all of it, and nothing else', async () => {
  const { hearth, world, worldId, done } = await openWorld()
  await done(await hearth.warm(worldId))
  await world.setFlags(worldId, { weather: 'storm' }) // no change was reported
  const audited = await done<AuditResult>(await hearth.audit(worldId, { kinds: ['timeline'] }))
  expect(audited).toMatchObject({ outcome: 'consistent', checked: 4, popular: 0 })
  const flags = await done<AuditResult>(await hearth.audit(worldId, { kinds: ['flags', 'snapshot'] }))
  expect(flags).toMatchObject({ outcome: 'inconsistent', checked: 2 })
})

test('by HTTP each of them takes kinds, and refuses those that there are not by their field', async () => {
  const { hearth, worldId, at, done } = await openWorld()
  const kinds = ['timeline']
  const warm = await ask(`${at}/warm`, { body: { kinds } })
  expect(warm.status).toBe(202)
  expect(await done(warm.json)).toMatchObject({ filled: 4, kinds })
  const audit = await ask(`${at}/audits`, { body: { kinds } })
  expect(await done(audit.json)).toMatchObject({ checked: 4 })
  expect(await ask(`${at}/invalidate`, { body: { kinds } })).toMatchObject({ status: 200 })
  expect((await hearth.cache.inspect(worldId)).rows.map(({ what }) => what)).not.toContain('timeline')

  for (const path of ['warm', 'audits', 'invalidate']) {
    for (const wrong of [['colours'], []]) {
      const refused = await ask(`${at}/${path}`, { body: { kinds: wrong } })
      expect([path, refused.status, refused.type]).toEqual([
        path,
        400,
        expect.stringContaining('problem+json'),
      ])
      expect(refused.json.errors[0].path).toMatch(/^body\.kinds/)
    }
  }
})

test('the body of an invalidation names one thing: targets, kinds or all', async () => {
  const { at } = await openWorld()
  for (const body of [{}, { kinds: ['timeline'], all: true }]) {
    const { status, text } = await ask(`${at}/invalidate`, { body })
    expect([status, text]).toEqual([400, expect.stringContaining('must have one of targets, kinds and all')])
  }
})

test('the library refuses kinds that there are not', async () => {
  const { hearth, worldId } = await openWorld()
  const rule = /kinds.*must be a kind: flags, snapshot, entity, timeline/
  const kinds = ['colours']
  await expect(hearth.warm(worldId, { kinds })).rejects.toThrow(rule)
  await expect(hearth.audit(worldId, { kinds })).rejects.toThrow(rule)
  await expect(hearth.invalidate(worldId, { kinds })).rejects.toThrow(rule)
})
