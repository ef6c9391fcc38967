import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { createActions } from '../../queues/actions.ts'
import { openBrowser, openTab } from '../support/browser.ts'
import { failJobs, setAside } from '../support/failed-jobs.ts'
import { openPages as openPagesOn, tokens } from '../support/http.ts'
import { press, pressAndConfirm, tabTo } from '../support/keyboard.ts'
import { fresh, plantWorld } from '../support/setup.ts'

/** A separate Redis, because the console shows all worlds of a Redis. */
let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis({ isolated: true })
})
afterAll(() => redis?.stop())

/** The pages of a played world, and an operator who has logged in by the keyboard and looks at `path`. */
async function openAt(pathOf: (worldId: string) => string) {
  const pages = await openPagesOn({ hearth: { redis: redis.url }, secured: true })
  const worldId = fresh('xah')
  await plantWorld(pages.world, worldId, { entities: 4 })
  await pages.hearth.cache.popularity.add(worldId, new Map([['c1', 9]]))
  await pages.hearth.cache.activeWorlds.touch(worldId)
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/login?next=${encodeURIComponent(pathOf(worldId))}`)
  await tabTo(page, 'Your token')
  await page.keyboard.type(tokens.ops)
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
  return { ...pages, worldId, page }
}

async function startWorkers({ hearth, place }: Awaited<ReturnType<typeof openPagesOn>>) {
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
}

/** Does it by the keyboard, and waits until the page says what came of it. */
async function doIt(page: Page, button: string, { subject }: { subject: string }): Promise<void> {
  const [verb = ''] = button.split(' ')
  await pressAndConfirm(page, button, `${verb} ${subject}?`)
  const newest = page.getByRole('region', { name: 'Jobs begun here' }).getByRole('listitem').first()
  const outcome = new RegExp(`^${verb.toLowerCase()} ${subject}\\s+(done|consistent|\\d+ run again)`)
  await expect.poll(() => newest.innerText()).toMatch(outcome)
}

test('everything that can be done to a world, its kinds, entities and events is done by the keyboard', async () => {
  const opened = await openAt(worldId => `/worlds/${worldId}`)
  const { page, worldId, hearth } = opened
  await startWorkers(opened)
  await page.getByRole('heading', { level: 1, name: worldId }).waitFor()
  for (const action of ['Warm', 'Refresh', 'Audit', 'Invalidate', 'Activate', 'Deactivate'])
    await doIt(page, `${action} ${worldId}`, { subject: worldId })
  for (const action of ['Warm', 'Refresh', 'Audit', 'Invalidate'])
    await doIt(page, `${action} timeline of ${worldId}`, { subject: `timeline of ${worldId}` })
  // What is read most is loaded again at once.
  await page.getByRole('row', { name: /^timeline 1 4 25 %/ }).waitFor()

  await tabTo(page, 'Select c1')
  await page.keyboard.press('Space')
  for (const action of ['Refresh', 'Invalidate'])
    await doIt(page, `${action} the selected entities`, { subject: `c1 of ${worldId}` })
  await setAside(hearth, worldId, 'not for this source')
  await page.getByRole('button', { name: `Retry set-aside events of ${worldId}` }).waitFor()
  await doIt(page, `Retry set-aside events of ${worldId}`, {
    subject: `1 set-aside events of ${worldId}`,
  })
})

test('everything that can be done to queues and failed jobs is done by the keyboard', async () => {
  const { page, worldId, hearth, place } = await openAt(() => '/jobs')
  await failJobs({ hearth, place }, ['there is no world "a"', 'out of luck', 'there is no world "b"'])
  await setAside(hearth, worldId, 'not for this source')
  const main = page.getByRole('main')
  const lastOf = async (row: RegExp) =>
    (await main.getByRole('row', { name: row }).getByRole('link').innerText()).trim()
  const last = await lastOf(/there is no world …/)
  await pressAndConfirm(page, 'Pause refresh', 'Pause the queue refresh?')
  await main.getByRole('button', { name: 'Resume refresh' }).waitFor()
  await pressAndConfirm(page, 'Resume refresh', 'Resume the queue refresh?')
  await main.getByRole('button', { name: 'Pause refresh' }).waitFor()
  await pressAndConfirm(page, `Retry the last job ${last} of audit`, `Retry job ${last} of audit?`)
  await main
    .getByRole('button', { name: /^Retry job f\d of audit/ })
    .nth(1)
    .waitFor()
  for (let i = 0; i < 30; i++) {
    await press(page, 'Retry job f1 of audit') // also before the browser has reported that the last dialog was closed
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  await pressAndConfirm(page, 'Retry job f1 of audit', 'Retry job f1 of audit?')
  await main.getByRole('button', { name: 'Retry job f1 of audit' }).waitFor({ state: 'detached' })
  await pressAndConfirm(page, `Retry events of ${worldId}`, `Retry refused events of ${worldId}?`)
  await main.getByText('The source has refused no event').waitFor()
})

test('the pages, the search, the filters, the orders and the logout are reached by the keyboard', async () => {
  const opened = await openAt(() => '/')
  const { page, worldId, store } = opened
  await startWorkers(opened)
  await press(page, 'To the content')
  await press(page, '24 hours')
  await page.getByRole('heading', { name: 'The last 24 hours' }).waitFor()
  for (const name of ['Queues', 'Schedules', 'Consistency', 'Processes']) {
    await press(page, name)
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  }
  await tabTo(page, 'Find a world, an entity or a job by its id')
  await page.keyboard.type(worldId)
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Found' }).waitFor()
  await doIt(page, `Warm ${worldId}`, { subject: worldId })
  await doIt(page, `Invalidate all of ${worldId}`, { subject: `all of ${worldId}` })
  await press(page, 'Close')
  await page.getByRole('region', { name: 'Found' }).waitFor({ state: 'detached' })

  await press(page, 'Worlds')
  await press(page, 'Last active')
  await page
    .getByRole('columnheader', { name: 'Last active' })
    .and(page.locator('[aria-sort=descending]'))
    .waitFor()
  await tabTo(page, 'Name has')
  await page.keyboard.type('no-such-world')
  await page.getByText('No world is like that').waitFor()

  const actions = createActions(store)
  for (let i = 0; i < 60; i++)
    await actions.note({ at: Date.now() - 3_600_000, who: 'another', what: 'warm', on: `w${i}`, status: 202 })
  await press(page, 'Operations')
  await press(page, 'Older')
  await page.getByText(/^51 to/).waitFor()
  await press(page, 'Newer')
  await tabTo(page, 'Who')
  await page.keyboard.press('o') // a list takes the letter that a choice begins with
  await page.getByText(/^1 to 2 of 2/).waitFor()
  await press(page, 'Log out')
  await page.waitForURL('**/login')
})
