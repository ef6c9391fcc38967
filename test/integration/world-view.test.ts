import { expect, onTestFinished, test } from 'vitest'
import type { WorldView } from '../../dashboard/console/world/view.ts'
import { createAuditLog } from '../../jobs/audit/log.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { watchJob } from '../../queues/watch.ts'
import { ask, openPages, tokens } from '../support/http.ts'
import { fresh, plantWorld } from '../support/setup.ts'

type Pages = Awaited<ReturnType<typeof openPages>>

/** A world of eight characters that was warmed, and its pages. */
async function openWarm(options: Parameters<typeof openPages>[0] = {}) {
  const pages = await openPages(options)
  const worldId = fresh()
  await plantWorld(pages.world, worldId, { entities: 8 })
  const pool = await startPool({ ...pages.place, deps: pages.hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  await watchJob(pages.place, await pages.hearth.warm(worldId))
  return { ...pages, worldId }
}

const viewOf = async ({ api }: Pick<Pages, 'api'>, worldId: string): Promise<WorldView> =>
  (await ask(`${api}/console/worlds/${encodeURIComponent(worldId)}`)).json

test('a world: how warm it is of what exists, how long that lives, its reads, and its last warming', async () => {
  const pages = await openWarm()
  const { worldId } = pages
  await watchJob(pages.place, await pages.hearth.warm(worldId, { kinds: ['timeline'] })) // says nothing of the whole
  await expect
    .poll(async () => (await viewOf(pages, worldId)).jobs.value?.lastWarming)
    .toMatchObject({ outcome: 'warmed', entries: 18 })
  const view = await viewOf(pages, worldId)
  expect(view.facts.value).toMatchObject({ isKnown: true, isActive: true, expected: 18 })
  expect(view.warmth.value).toMatchObject({ exists: 18, sourceError: null, isWhole: true, forEver: 2 })
  const shown = view.warmth.value?.rows.filter(({ present }) => present > 0)
  expect(shown?.map(({ what, exists, present, cold }) => ({ what, exists, present, cold }))).toEqual([
    { what: 'flags', exists: 1, present: 1, cold: {} },
    { what: 'snapshot', exists: 1, present: 1, cold: {} },
    { what: 'character', exists: 8, present: 8, cold: {} },
    { what: 'timeline', exists: 8, present: 8, cold: {} },
  ])
  expect(view.reads.value).toHaveLength(30)
  for (const figure of Object.values(view)) {
    if (typeof figure === 'object') expect(figure).toMatchObject({ error: null, at: expect.any(Number) })
  }
})

test('the most read entities come with the names of their cached values, their place and their age', async () => {
  const pages = await openWarm()
  const { hearth, worldId } = pages
  await hearth.cache.popularity.add(
    worldId,
    new Map([
      ['c1', 60],
      ['c2', 20],
      ['c9', 1],
    ]),
  )
  const { popular } = await viewOf(pages, worldId)
  expect(popular.value).toMatchObject([
    { id: 'c1', name: 'name of c1', type: 'character', place: 1, ttlMs: expect.any(Number) },
    { id: 'c2', name: 'name of c2', place: 2 },
    { id: 'c9', name: null, type: null, place: 3, ttlMs: null, ageMs: null },
  ])
  const [first, second] = popular.value ?? []
  expect((first?.perSecond ?? 0) / (second?.perSecond ?? 1)).toBeCloseTo(3)
})

test('what changes made stale, findings of audits and events that were set aside are those of this world', async () => {
  const pages = await openWarm()
  const { hearth, worldId, store } = pages
  await hearth.changed(worldId, [{ kind: 'stale', of: 'timeline', ids: ['c3'] }])
  await hearth.changed(fresh(), [{ kind: 'stale', of: 'timeline', ids: ['c4'] }])
  const finding = {
    target: { kind: 'timeline', id: 'c1' },
    fault: 'different' as const,
    subject: 'timeline c1',
    detail: 'it differs',
    differences: [{ field: 'e1', cached: 'secret', truth: null }],
    sinceMs: Date.now(),
    atMs: Date.now(),
    version: null,
    leftMs: null,
    repaired: false,
  }
  await createAuditLog(store).record([
    { ...finding, worldId },
    { ...finding, worldId: fresh() },
  ])
  await expect
    .poll(async () => (await viewOf(pages, worldId)).jobs.value?.changes.map(({ what }) => what), {
      timeout: 10_000,
    })
    .toEqual(['timeline c3'])
  const view = await viewOf(pages, worldId)
  expect(view.findings.value).toMatchObject([{ subject: 'timeline c1', times: 1 }])
  expect(JSON.stringify(view.findings), 'no values of entries').not.toContain('secret')
  expect(view.pending.value).toEqual({ pending: 0, dead: 0, oldestMs: 0 })
})

test('a source that never answers is said to be unknown, and holds up nothing else', async () => {
  const pages = await openWarm({ overview: { inSource: () => new Promise(() => {}) } })
  const { worldId, hearth } = pages
  await hearth.invalidate(worldId, [{ kind: 'timeline', id: 'c1' }])
  const begun = performance.now()
  const { warmth, facts } = await viewOf(pages, worldId)
  expect(performance.now() - begun, 'a second for the source, and room').toBeLessThan(2_900)
  expect(facts.value?.expected).toBe(18)
  expect(warmth.value).toMatchObject({ exists: null, sourceError: 'no answer within 1000 ms' })
  expect(warmth.value?.rows.find(({ what }) => what === 'timeline')).toMatchObject({ exists: null })
})

test('a world that is not known says so', async () => {
  const pages = await openPages()
  const view = await viewOf(pages, fresh('a world that/never was'))
  expect(view.facts.value).toMatchObject({ isKnown: false, lastActiveAt: null, expected: null })
})

test('both need a token that may read, and wrong questions are refused by their field', async () => {
  const { api } = await openPages({ secured: true })
  for (const path of ['worlds', 'worlds/w1']) {
    expect((await ask(`${api}/console/${path}`)).status).toBe(401)
    expect((await ask(`${api}/console/${path}`, { token: tokens.reader })).status).toBe(200)
  }
  const wrong = await ask(`${api}/console/worlds?sort=colour`, { token: tokens.reader })
  expect([wrong.status, wrong.type]).toEqual([400, expect.stringContaining('problem+json')])
  expect(wrong.text).toContain('sort')
})
