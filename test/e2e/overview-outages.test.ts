import { expect, onTestFinished, test } from 'vitest'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import type { Found, Overview } from '../../dashboard/console/overview.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { createLeadership } from '../../queues/leadership.ts'
import { watchJob } from '../../queues/watch.ts'
import { openWay } from '../chaos/proxy.ts'
import { keep, openBrowser, openTab } from '../support/browser.ts'
import { ask, openPages, tokens } from '../support/http.ts'
import { fresh, plantWorld, queueOf } from '../support/setup.ts'

/**
 * How many states a page that connects now gets, one a second, until one has this cause. On a busy machine they come late, but
 * are no more.
 */
async function statesUntil(api: string, cause: string): Promise<number> {
  const { body } = await fetch(`${api}/overview/events`)
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    const events = text.split('\n\n').slice(0, -1)
    const states = events
      .filter(event => event.startsWith('event: overview'))
      .map(event => JSON.parse(event.slice(event.indexOf('{'))) as Overview)
    const found = states.findIndex(({ causes }) => causes.some(({ key }) => key === cause))
    if (found >= 0) return found + 1
  }
  throw new Error(`the events have ended without the cause ${cause}`)
}

/** For the recovery, for which there is no promise. Milliseconds. */
const back = { timeout: 15_000 }

async function startServer(): Promise<StartedRedis & { freeze(): void; thaw(): void }> {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const thaw = () => void server.process?.kill('SIGCONT')
  onTestFinished(thaw)
  return { ...server, freeze: () => void server.process?.kill('SIGSTOP'), thaw }
}

/** A warm world, a worker and a scheduler, two Redis servers that can be frozen, and the open page. */
async function openLive() {
  const [cache, queue] = [await startServer(), await startServer()]
  const pages = await openPages({ hearth: { cache: cache.url, redis: queue.url, queue: queue.url } })
  const pool = await startPool({ ...pages.place, deps: pages.hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  const leadership = createLeadership({ ...pages.place, name: 'relay' })
  onTestFinished(() => leadership.close())
  const worldId = fresh('xah')
  await plantWorld(pages.world, worldId, { entities: 4 })
  await watchJob(pages.place, await pages.hearth.warm(worldId))
  const way = await openWay(pages.url)
  onTestFinished(() => way.close())
  const page = await openTab(await openBrowser(), way.url)
  await page.goto(way.url)
  const row = page.getByRole('row', { name: new RegExp(`^${worldId}`) })
  await row.getByText('100 %', { exact: true }).waitFor()
  const line = page.getByRole('status')
  await line.getByText('Live', { exact: true }).waitFor()
  const boxes = page.getByRole('alert').locator('.problem')
  await expect.poll(() => boxes.count(), back).toBe(0)
  return { ...pages, cache, queue, leadership, worldId, way, page, row, line, boxes }
}

test("the queues' Redis frozen: the page shows that at once and the rest stays live, the API answers", async () => {
  const { hearth, world, worldId, api, queue, page, row, line, boxes } = await openLive()
  queue.freeze()
  expect(await statesUntil(api, 'queue'), 'at once').toBeLessThanOrEqual(3)
  await boxes.getByText(/The queues' Redis does not answer.*Since \d\d:\d\d:\d\d/).waitFor()
  await boxes.getByText('redis-cli -u $HEARTH_QUEUE_REDIS_URL ping').waitFor()
  await line.getByText("Partly live: without the queues' Redis").waitFor()
  expect(await boxes.count()).toBe(1)
  await page
    .getByRole('region', { name: 'The last hour' })
    .getByText(/^As of .*: the queues' Redis is away\.$/)
    .waitFor({ timeout: 3_000 })
  await keep(page, 'queue-frozen')

  const startedAt = performance.now()
  const { servers, worlds } = (await (await fetch(`${api}/overview`)).json()) as Overview
  expect(performance.now() - startedAt, 'it does not wait for the frozen server').toBeLessThan(10_000)
  expect([servers.queue.isAway, servers.cache.isAway, worlds.length]).toEqual([true, false, 1])
  const { entities, notLooked } = (await ask(`${api}/search?q=c1`)).json as Found
  expect(entities).toMatchObject([{ worldId, id: 'c1', what: 'character, timeline' }])
  expect(notLooked).toEqual([expect.stringContaining("the queues' Redis did not answer")])
  // New entries in the cache are shown: frames continue.
  const other = fresh('meanwhile')
  await plantWorld(world, other)
  await hearth.cache.activeWorlds.touch(other)
  await page
    .getByRole('row', { name: new RegExp(`^${other}`) })
    .getByText('never warmed')
    .waitFor()
  await row.getByText('100 %', { exact: true }).waitFor()

  queue.thaw()
  await line.getByText('Live', { exact: true }).waitFor()
  await expect.poll(() => boxes.count(), back).toBe(0)
})

test('the cache frozen: no world is shown as cold or never warmed, and old data is shown with its age', async () => {
  const { api, cache, page, row, line, boxes } = await openLive()
  cache.freeze()
  expect(await statesUntil(api, 'cache'), 'at once').toBeLessThanOrEqual(3)
  await boxes.getByText(/The cache's Redis does not answer.*Reads go to the source/).waitFor()
  await line.getByText("Partly live: without the cache's Redis").waitFor()
  const worlds = page.getByRole('region', { name: 'Hottest worlds', exact: true })
  await worlds.getByText(/^As of .*: the cache's Redis is away\.$/).waitFor()
  expect(await row.getByText('100 %', { exact: true }).count()).toBe(1)
  expect(await page.getByText('never warmed').count()).toBe(0)
  expect(await boxes.count()).toBe(1)
  await keep(page, 'cache-frozen')
  await page.reload()
  await boxes.getByText(/The cache's Redis does not answer/).waitFor()

  cache.thaw()
  await line.getByText('Live', { exact: true }).waitFor()
  await expect.poll(() => boxes.count(), back).toBe(0) // once it is trusted again
})

test('no active scheduler, and a paused queue, are one box each with a remedy, until they are over', async () => {
  const { hearth, place, leadership, page, boxes } = await openLive()
  await queueOf(hearth, 'warm').pause()
  await boxes.getByText('The queue warm is paused').waitFor()
  await boxes.getByText('hearth resume warm', { exact: true }).waitFor()
  await leadership.close()
  await boxes.getByText('No scheduler acts').waitFor()
  await boxes.getByText('hearth scheduler', { exact: true }).waitFor()
  expect(await boxes.count()).toBe(2)
  await keep(page, 'paused-unled')

  await queueOf(hearth, 'warm').resume()
  const next = createLeadership({ ...place, name: 'relay' })
  onTestFinished(() => next.close())
  await expect.poll(() => boxes.count(), back).toBe(0)
})

test('a page whose connection is open but silent says that it is outdated, and recovers by itself', async () => {
  const { way, page, line, boxes } = await openLive()
  way.become({ kind: 'blackhole' })
  await line.getByText(/^Not connected: no news for \d+ s/).waitFor({ timeout: 5_000 })
  await boxes.getByText('The page has no news from its server').waitFor()
  await keep(page, 'silent')
  way.become({ kind: 'clear' })
  await line.getByText('Live', { exact: true }).waitFor()
  await expect.poll(() => boxes.count(), back).toBe(0)
})

test('an open page ends with its login: after a logout elsewhere it sees nothing more', async () => {
  const pages = await openPages({ secured: true })
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/login`)
  await page.getByLabel('Your token').fill(tokens.reader)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
  const [cookie] = await page.context().cookies()
  const answer = await fetch(`${pages.url}/logout`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: `${cookie?.name}=${cookie?.value}`, origin: pages.url },
  })
  expect(answer.status).toBe(303)
  await page.waitForURL(/\/login\?next=%2F$/, { timeout: 5_000 })
})
