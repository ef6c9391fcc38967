import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
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
  await page.goto(`${pages.url}/worlds`)
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
  await page.getByRole('link', { name: 'Operations' }).click()
  const done = page.getByRole('region', { name: 'Done by hand', exact: true })
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
  await page.goto(`${pages.url}/worlds`)
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
  await page.getByRole('link', { name: 'Worlds', exact: true }).first().click()
  await card.getByText('1 entry; never warmed').waitFor()
  expect(await card.getByRole('button').count()).toBe(0)
  expect((await page.goto(`${pages.url}/queues/`))?.status()).toBe(403)
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

test('empty pages say what to do, and so does one of a fleet without workers', async () => {
  const pages = await openPages()
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(pages.url)
  await page.getByText('No worker is running').waitFor()
  await page.getByRole('link', { name: 'Consistency' }).click()
  await page.getByText('Nothing has been audited').waitFor()
  await page.getByRole('link', { name: 'Schedules' }).click()
  await page.getByText('No round has run').waitFor()
  await pages.dashboard.close()
  await page.getByText('Not connected').waitFor()
})
