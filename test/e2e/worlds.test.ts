import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { openBrowser, openTab } from '../support/browser.ts'
import { openPages as openPagesOn, tokens } from '../support/http.ts'
import { tabTo } from '../support/keyboard.ts'
import { fresh, plantWorld } from '../support/setup.ts'

/** A separate Redis, because the table shows all worlds of a Redis. */
let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis({ isolated: true })
})
afterAll(() => redis?.stop())

type Pages = Awaited<ReturnType<typeof openPagesOn>>

const openPages = (options: { secured?: boolean } = {}) =>
  openPagesOn({ hearth: { redis: redis.url }, ...options })

async function startWorkers({ hearth, place }: Pages) {
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
}

/** Worlds whose names begin alike; each was read ten times as often as the one before. */
async function plantMany(pages: Pages, count: number): Promise<string[]> {
  const name = fresh('many')
  const ids = Array.from({ length: count }, (_, i) => `${name}-${String(i).padStart(3, '0')}`)
  const key = `${pages.store.prefix}:reads:${Math.floor(Date.now() / 60_000)}:worlds`
  for (const [i, id] of ids.entries()) {
    await plantWorld(pages.world, id, { entities: 2 })
    await pages.hearth.cache.activeWorlds.touch(id)
    await pages.store.redis.zadd(key, (i + 1) * 10, id)
  }
  return ids
}

const namesOf = (page: Page) => page.getByRole('rowheader').allInnerTexts()
/** The names of the rows, once the first is this. */
const rowsFrom = async (page: Page, first: string): Promise<string[]> => {
  await expect.poll(async () => (await namesOf(page))[0]?.trim(), { timeout: 15_000 }).toBe(first)
  return (await namesOf(page)).map(name => name.trim())
}

test('the table is sorted, filtered and paged; each view is an address, and the back button leads through them', async () => {
  const pages = await openPages()
  const ids = await plantMany(pages, 60)
  const [first = '', last = ''] = [ids[0], ids.at(-1)]
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/worlds?q=${first.slice(0, -4)}`)
  await expect.poll(() => page.title()).toBe('Worlds · Hearth')
  expect(await rowsFrom(page, last)).toHaveLength(50)
  await page.getByText('1 to 50 of 60').waitFor()

  await page.getByRole('link', { name: 'Next' }).click()
  expect(await rowsFrom(page, ids[9] ?? '')).toHaveLength(10)
  await page.goBack()
  await rowsFrom(page, last)
  await page.goForward()
  await rowsFrom(page, ids[9] ?? '')
  await page.goBack()

  await page.getByRole('button', { name: 'Reads/s' }).click() // it was sorted by that, the most first
  await rowsFrom(page, first)
  await page
    .getByRole('columnheader', { name: 'Reads/s', exact: false })
    .and(page.locator('[aria-sort=ascending]'))
    .waitFor()
  await page.getByRole('button', { name: 'World', exact: true }).click()
  await rowsFrom(page, last)

  await page.getByLabel('Name has').fill(`${first.slice(0, -4)}-01`)
  await page.getByText('1 to 10 of 10').waitFor()
  const shared = page.url()
  await page.getByRole('link', { name: `${first.slice(0, -4)}-015` }).click()
  await page.getByRole('heading', { level: 1, name: `${first.slice(0, -4)}-015` }).waitFor()
  await expect.poll(() => page.title()).toBe(`${first.slice(0, -4)}-015 · Hearth`)
  await page.goBack()
  await page.getByText('1 to 10 of 10').waitFor()
  const other = await openTab(await openBrowser(), pages.url)
  await other.goto(shared)
  expect(await rowsFrom(other, `${first.slice(0, -4)}-019`)).toHaveLength(10)

  await page.getByLabel('with pending events').check()
  await page.getByText('No world is like that').waitFor()
})

test('worlds are selected and warmed with the keyboard alone, and what comes of it is shown', async () => {
  const pages = await openPages()
  const ids = await plantMany(pages, 3)
  await startWorkers(pages)
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/worlds?q=${String(ids[0]).slice(0, -4)}`)
  await rowsFrom(page, String(ids[2]))
  for (const id of [ids[2], ids[0]]) {
    await tabTo(page, `Select ${id}`)
    await page.keyboard.press('Space')
    if (id === ids[2]) await page.getByText('1 selected').waitFor()
  }
  await page.getByText('2 selected').waitFor()
  await page.keyboard.press('Control+Home')
  await page.evaluate('document.activeElement.blur()')
  await tabTo(page, 'Warm the selected worlds')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Warm 2 worlds?' })
  await dialog.getByText('A job for each world').waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  expect(await pages.hearth.producer.queues[0]?.getJobCountByTypes('active', 'waiting', 'completed')).toBe(0)

  await page.keyboard.press('Enter') // the focus came back to the button
  await dialog.waitFor()
  await page.keyboard.press('Tab') // from Cancel
  await page.keyboard.press('Enter')
  const begun = page.getByRole('region', { name: 'Jobs begun here' })
  await begun.getByText(/^done: 2 in/).waitFor()
  for (const id of [ids[0], ids[2]]) expect(await pages.hearth.cache.expectedEntries.of(String(id))).toBe(6)
  expect(await pages.hearth.cache.expectedEntries.of(String(ids[1])), 'it was not selected').toBeNull()
  const row = page.getByRole('row').filter({ hasText: String(ids[0]) })
  await row.getByText(/100 %$/).waitFor()
})

test("a world's page says how warm it is and why the rest is cold, before and after an operator acts", async () => {
  const pages = await openPages()
  const worldId = fresh('xah')
  await plantWorld(pages.world, worldId, { entities: 8 })
  const { cache } = pages.hearth
  await cache.popularity.add(
    worldId,
    new Map([
      ['c1', 60],
      ['c2', 20],
    ]),
  )
  await startWorkers(pages)
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/worlds/${worldId}`)
  const cold = page.getByRole('region', { name: 'Why the rest is cold' })
  await cold.getByRole('row', { name: /^Never warmed 18/ }).waitFor()
  await page.getByText('0 % warm: 0 of 18 entries that exist').waitFor()

  await page.getByRole('button', { name: `Warm ${worldId}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Warm' }).click()
  const begun = page.getByRole('region', { name: 'Jobs begun here' })
  await begun.getByText('done, 18 entries loaded').waitFor()
  await page.getByText('100 % warm: 18 of 18 entries that exist').waitFor()
  await cold.getByText(`Nothing that exists of ${worldId} is cold`).waitFor()
  await page
    .getByRole('region', { name: 'Jobs', exact: true })
    .getByRole('row', { name: /warm world.*completed/ })
    .waitFor()

  await cache.redis.unlink(cache.keys.entryOf(worldId, { kind: 'timeline', id: 'c7' }).key)
  await cold.getByRole('row', { name: /^Evicted 1 timeline 1/ }).waitFor()

  const popular = page.getByRole('region', { name: 'Most read entities', exact: true })
  await popular.getByText('name of c1 (c1)').waitFor()
  await tabTo(page, 'Select c1')
  await page.keyboard.press('Space')
  await popular.getByText('1 selected').waitFor()
  await page.evaluate('document.activeElement.blur()')
  await tabTo(page, 'Invalidate the selected entities')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: `Invalidate c1 of ${worldId}?` }).waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await begun.getByText('done, 1 entries were there').waitFor()
  await page
    .getByRole('region', { name: 'Recent changes' })
    .getByRole('row', { name: /timeline c1/ })
    .waitFor()

  await page.getByRole('button', { name: `Deactivate ${worldId}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click()
  await page.getByRole('region', { name: 'State' }).getByText('deactivated', { exact: true }).waitFor()
})

test('one who may only read sees the figures, and nothing that acts', async () => {
  const pages = await openPages({ secured: true })
  const [id = ''] = await plantMany(pages, 1)
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/worlds?q=${id}`)
  await page.getByLabel('Your token').fill(tokens.reader)
  await page.getByRole('button', { name: 'Log in' }).click()
  await rowsFrom(page, id)
  expect(await page.getByRole('checkbox', { name: /^Select/ }).count()).toBe(0)
  await page.getByRole('link', { name: id }).click()
  await page
    .getByRole('region', { name: 'Why the rest is cold' })
    .getByRole('row', { name: /Never warmed/ })
    .waitFor()
  expect(await page.getByRole('button', { name: /^(Warm|Invalidate|Deactivate)/ }).count()).toBe(0)
})

test('while a world is being warmed its row shows how far the job is', async () => {
  const pages = await openPages()
  const [id = ''] = await plantMany(pages, 1)
  await startWorkers(pages)
  const held = pages.world.holdNextLoad({ method: 'timelines' })
  await pages.hearth.warm(id)
  await held.started
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/worlds?q=${id}`)
  const row = page.getByRole('row').filter({ hasText: id })
  expect(await row.getByRole('link', { name: 'active' }).getAttribute('href')).toMatch(
    /^\/queues\/queue\/warm\/\d+$/,
  )
  held.release()
  await row.getByText(/100 %$/).waitFor()
})

test('with the cache frozen the table and the page of a world say since when, and no new page says that there is no world', async () => {
  const cache = await startRedis({ isolated: true })
  onTestFinished(() => cache.stop())
  const thaw = () => void cache.process?.kill('SIGCONT')
  onTestFinished(thaw)
  const pages = await openPagesOn({ hearth: { cache: cache.url, redis: redis.url, queue: redis.url } })
  const [id = ''] = await plantMany(pages, 1)
  const [table, world, late] = [
    await openTab(await openBrowser(), pages.url),
    await openTab(await openBrowser(), pages.url),
    await openTab(await openBrowser(), pages.url),
  ]
  await table.goto(`${pages.url}/worlds`)
  await rowsFrom(table, id)
  await world.goto(`${pages.url}/worlds/${id}`)
  await world.getByText('0 % warm: 0 of 6 entries that exist').waitFor()

  cache.process?.kill('SIGSTOP')
  await table.getByText(/Which worlds there are: not known since \d\d:\d\d:\d\d/).waitFor()
  expect(await rowsFrom(table, id), 'what was known stays').toHaveLength(1)
  const warmth = world.getByRole('region', { name: 'How warm it is' })
  await warmth.getByText(/^As of \d\d:\d\d:\d\d, .* ago: /).waitFor()
  await warmth.getByText('0 % warm: 0 of 6 entries that exist').waitFor()
  await late.goto(`${pages.url}/worlds/another`)
  await late.getByText(/^Its state: not known since/).waitFor()
  expect(await late.getByText('The cache knows nothing').count()).toBe(0)

  thaw()
  await table.getByText(/Which worlds there are: (now|\d)/).waitFor()
})
