import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import { keep, openBrowser, openTab } from '../support/browser.ts'
import { openPages as openPagesOn, tokens } from '../support/http.ts'
import { readsUntilNear } from '../support/near-states.ts'
import { fresh, plantWorld } from '../support/setup.ts'

/**
 * A separate Redis, because the overview shows all worlds of a Redis.
 */
let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis({ isolated: true })
})
afterAll(() => redis?.stop())

const openPages = (options: { secured?: boolean } = {}) =>
  openPagesOn({ hearth: { redis: redis.url }, ...options })

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
  await page.goto(`${pages.url}/worlds/${worldId}`)
  const warm = page.getByRole('button', { name: `Warm ${worldId}` })
  await warm.waitFor()
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
  await page.getByRole('row', { name: worldId }).getByRole('link').click()
  await page.getByRole('heading', { name: worldId }).waitFor()
  expect(await warm.count()).toBe(0)
  expect((await page.goto(`${pages.url}/queues/`))?.status()).toBe(403)
  await page.getByText('reader has the role read; this needs operate').waitFor()
  await keep(page, 'refused')
  await page.getByRole('link', { name: 'To the console' }).click()
  await page.getByRole('heading', { name: 'Now' }).waitFor()
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
