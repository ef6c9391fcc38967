import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import { createAuditLog } from '../../jobs/audit/log.ts'
import type { Finding } from '../../jobs/audit/payload.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { keep, openBrowser, openTab } from '../support/browser.ts'
import { openPages as openPagesOn, tokens } from '../support/http.ts'
import { readsUntilNear } from '../support/near-states.ts'
import { fresh, plantWorld } from '../support/setup.ts'
import { root } from './hearth-command.ts'

/**
 * A separate Redis, because the overview shows all worlds of a Redis.
 */
let redis: StartedRedis
beforeAll(async () => {
  execFileSync(process.execPath, [`${root}tools/build.js`, '--page']) // as its sources are now
  redis = await startRedis({ isolated: true })
})
afterAll(() => redis?.stop())

const openPages = (options: { secured?: boolean } = {}) =>
  openPagesOn({ hearth: { redis: redis.url }, ...options })

type Pages = Awaited<ReturnType<typeof openPages>>

async function startWorkers({ hearth, place }: Pages, chunkSize = 500) {
  const pool = await startPool({ ...place, deps: hearth.jobDeps({ chunkSize }) })
  onTestFinished(() => pool.close(1_000))
}

test('a world is warmed from the page, its bar fills, and it is invalidated again', async () => {
  const pages = await openPages()
  const worldId = fresh('xah')
  await plantWorld(pages.world, worldId, { entities: 60 })
  await pages.hearth.timeline(worldId, 'c1')
  await pages.hearth.cache.activeWorlds.touch(worldId)
  await startWorkers(pages, 5)
  const held = pages.world.holdNextLoad({ method: 'timelines' })

  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(pages.url)
  const card = page.getByRole('article', { name: `World ${worldId}` })
  await card.getByText('never warmed').waitFor()
  await card.getByRole('button', { name: 'Warm' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  expect(await pages.hearth.producer.queues[0]?.getJobCountByTypes('active', 'waiting', 'completed')).toBe(0)

  await card.getByRole('button', { name: 'Warm' }).click()
  await page.keyboard.press('Tab') // from Cancel, which has the focus, to the one that does it
  await page.keyboard.press('Enter')
  const bar = async () => Number(await card.getByRole('meter').getAttribute('aria-valuenow'))
  await card.getByRole('link', { name: 'being warmed' }).waitFor()
  const before = await bar()
  expect(before).toBeLessThan(100)
  held.release()
  await card.getByText('100 % warm').waitFor()
  expect(await bar()).toBe(100)
  const operations = page.getByRole('region', { name: 'Jobs begun here' })
  await operations.getByText(/done, \d+ entries loaded/).waitFor()
  expect(await operations.getByRole('link', { name: 'in Bull Board' }).getAttribute('href')).toMatch(
    /^\/queues\/queue\/warm\/\d+$/,
  )

  await card.getByRole('button', { name: `Invalidate all of ${worldId}` }).click()
  await dialog.getByRole('button', { name: 'Invalidate' }).click()
  await card.getByText(/^[0-3] % warm/).waitFor()
  const done = page.getByRole('region', { name: 'Done by hand' })
  await done.getByRole('row', { name: /invalidate/ }).waitFor()
  await done.getByRole('row', { name: /warm/ }).waitFor()
})

test('without a token the page asks for one; with one it shows what the role allows, and logs out', async () => {
  const pages = await openPages({ secured: true })
  const worldId = fresh('xah')
  await plantWorld(pages.world, worldId)
  await pages.hearth.flags(worldId)
  const browser = await openBrowser()
  const page = await openTab(browser, pages.url)

  await page.goto(`${pages.url}/queues`)
  await page.getByLabel('Your token').fill('no-such-token-anywhere')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('alert').waitFor()
  await keep(page, 'login-refused')
  await page.getByLabel('Your token').fill(tokens.ops)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.waitForURL('**/queues')
  await page.goto(pages.url)
  const card = page.getByRole('article', { name: `World ${worldId}` })
  await card.getByRole('button', { name: 'Warm' }).waitFor()
  await page.getByText('ops (operate)').waitFor()
  const [cookie] = await page.context().cookies()
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' })

  await page.getByRole('button', { name: 'Log out' }).click()
  await page.waitForURL('**/login')
  const copied = await fetch(`${pages.api}/overview`, {
    headers: { cookie: `${cookie?.name}=${cookie?.value}` },
  })
  expect(copied.status).toBe(401)

  await page.getByLabel('Your token').fill(tokens.reader)
  await page.getByRole('button', { name: 'Log in' }).click()
  await card.getByText('1 entry; never warmed').waitFor()
  expect(await card.getByRole('button').count()).toBe(0)
  expect((await page.goto(`${pages.url}/queues/`))?.status()).toBe(403)
})

/** A played world: warm, read, with failures; cold worlds; and one with a long name. */
async function lively(pages: Pages): Promise<string> {
  const worldId = fresh('xah-atho')
  const ids = await plantWorld(pages.world, worldId, { entities: 40, events: 12 })
  const cold = fresh('the-world-with-an-unreasonably-long-name-that-has-to-be-broken-somewhere')
  await plantWorld(pages.world, cold)
  const job = await pages.hearth.warm(worldId)
  await startWorkers(pages)
  await expect.poll(() => pages.hearth.producer.queues[0]?.getJobState(job.id)).toBe('completed')
  const { redis, keys } = pages.hearth.cache
  for (const [i, id] of ids.slice(0, 8).entries())
    await redis.zincrby(keys.popularity(worldId), 90 - 11 * i, id)
  for (let i = 0; i < 200; i++) await pages.hearth.timeline(worldId, ids[i % ids.length] ?? '')
  const minute = Math.floor(Date.now() / 60_000)
  for (let i = 1; i < 55; i++) {
    const key = `${pages.store.prefix}:reads:${minute - i}`
    const hits = Math.round(4_000 + 2_500 * Math.sin(i / 6))
    const misses = Math.round(200 + 150 * Math.cos(i / 4))
    await pages.store.redis.hset(key, 'hit:kind:timeline', hits, 'miss:kind:timeline', misses)
    await pages.store.redis.hset(key, 'near', Math.round(hits * 0.9))
    await pages.store.redis.zadd(`${key}:worlds`, hits + misses, worldId)
    await pages.store.redis.zadd(`${key}:misses`, misses, worldId)
    for (const of of ['', ':worlds', ':misses']) await pages.store.redis.expire(key + of, 600)
  }
  await pages.hearth.flags(cold)
  await noteFindings(pages, worldId)
  await fetch(`${pages.api}/worlds/${worldId}/invalidate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"targets":[{"kind":"timeline","id":"c3"}]}',
  })
  return worldId
}

/** Findings as audits record them. */
async function noteFindings(pages: Pages, worldId: string): Promise<void> {
  const log = createAuditLog(pages.store)
  await log.add({ checked: 1_234_567, found: 2, repaired: 1, 'age:10s': 9, 'age:1m': 4, 'age:5m': 0 })
  const common = {
    worldId,
    sinceMs: Date.now() - 400_000,
    atMs: Date.now() - 60_000,
    version: 1_795_599_089_846_785,
  }
  const event = '{"event_id":"c9-e12","event_type":"travel","title":"arrives at the salt road","des…'
  const findings: Finding[] = [
    {
      ...common,
      target: { kind: 'timeline', id: 'c9' },
      fault: 'different',
      leftMs: 312_000,
      subject: 'timeline c9',
      detail: 'it differs from the source in 2 places',
      differences: [
        { field: 'c9-e12', cached: null, truth: event },
        { field: 'c9-e1', cached: '(withheld)', truth: null },
      ],
      repaired: true,
    },
    {
      ...common,
      target: { kind: 'entity', type: 'character', id: 'c4' },
      fault: 'life',
      leftMs: null,
      subject: 'character c4',
      detail: 'it never expires',
      differences: [],
      repaired: false,
    },
  ]
  await log.record(findings)
}

test('screenshots of each page, light, dark and on a phone; nothing is wider than the screen', async () => {
  const pages = await openPages()
  const worldId = await lively(pages)
  const browser = await openBrowser()
  for (const [name, options] of Object.entries({
    light: { colorScheme: 'light' },
    dark: { colorScheme: 'dark' },
    phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  } as const)) {
    const page = await openTab(browser, pages.url, options)
    await page.goto(pages.url)
    const card = page.getByRole('article', { name: `World ${worldId}` })
    await card.getByText(/% warm/).waitFor()
    await page.getByText('of these hits, in memory').waitFor()
    const near = page.getByRole('region', { name: 'Near cache of this process' })
    await near.getByText('armed').waitFor()
    await card.getByText('most read entities').click()
    const audit = page.getByRole('region', { name: 'Consistency, the last 7 days' })
    await audit.getByText('99.9996 %').waitFor()
    await audit.getByText('100 %').waitFor()
    await audit.getByText('2 findings').click()
    const row = audit.getByRole('row', { name: /timeline c9.*repaired/ })
    await row.getByText('c9-e1: (withheld), truth nothing').waitFor()
    await audit.getByRole('row', { name: /character c4.*only reported/ }).waitFor()
    await page.getByLabel('Find a world').fill('c1')
    await page.keyboard.press('Enter')
    await page.getByText('Found for c1').waitFor()
    await keep(page, `overview-${name}`)
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    expect([name, await page.evaluate(overflow)]).toEqual([name, 0])
    await card.getByRole('button', { name: `Invalidate all of ${worldId}` }).click()
    await page.getByRole('dialog').waitFor()
    await keep(page, `confirm-${name}`)
    await page.keyboard.press('Escape')
    if (!process.env.TEST_SCREENSHOTS) continue // the others' pages only for who wants to look at them
    await page.goto(`${pages.url}/docs`)
    await page.getByText('What a game reads', { exact: false }).first().waitFor()
    await keep(page, `docs-${name}`)
    await page.goto(`${pages.url}/queues/queue/warm?status=completed`)
    await page.getByText(worldId, { exact: false }).first().waitFor()
    await keep(page, `bull-board-${name}`)
  }
})

test('hits near are a share of the hits of the fleet, and the page has the near cache of its process', async () => {
  const pages = await openPages()
  const minute = Math.floor(Date.now() / 60_000)
  const key = `${pages.store.prefix}:reads:${minute - 1}`
  await pages.store.redis.hset(key, 'hit:kind:timeline', 1_000, 'miss:kind:timeline', 10, 'near', 905)
  await pages.store.redis.expire(key, 600)
  const worldId = fresh('xah')
  await plantWorld(pages.world, worldId)
  for (let i = 0; i < readsUntilNear; i++) await pages.hearth.timeline(worldId, 'c1')

  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(pages.url)
  await page.locator('[data-key=Near] .value', { hasText: /^90\.[1-5] %$/ }).waitFor()
  const near = page.getByRole('region', { name: 'Near cache of this process' })
  await near.locator('div:has(> dt:text-is("State"))', { hasText: 'armed' }).waitFor()
  await near.locator('div:has(> dt:text-is("Entries"))', { hasText: '1' }).waitFor()
})

test('an empty page says what to do, and so does one of a fleet without workers', async () => {
  const pages = await openPages()
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(pages.url)
  await page.getByText('No worker is running').waitFor()
  await page.getByText('Nothing has been audited').waitFor()
  await page.getByText('No round has run').waitFor()
  await keep(page, 'overview-empty')
  await pages.dashboard.close()
  await page.getByText('Not connected').waitFor()
})
