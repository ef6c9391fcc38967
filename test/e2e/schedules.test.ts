import { expect, test } from 'vitest'
import type { ScheduleRow } from '../../dashboard/console/schedule-row.ts'
import { openBrowser, openTab } from '../support/browser.ts'
import { openPages } from '../support/http.ts'

const round = (name: string, changes: Partial<ScheduleRow> = {}): ScheduleRow => ({
  name,
  expression: '*/5 * * * *',
  lastRunAt: Date.now() - 60_000,
  tookMs: 1_234,
  nextRunAt: Date.now() + 240_000,
  skipped: 2,
  caughtUp: 0,
  outcome: 'ok',
  reason: null,
  by: 'host:1',
  ...changes,
})

/** The page of the schedules, over a source that can be made to hang. */
async function openSchedules(rounds: readonly ScheduleRow[]) {
  let isHanging = false
  const schedules = () => (isHanging ? new Promise<never>(() => {}) : Promise.resolve([...rounds]))
  const pages = await openPages({ overview: { schedules } })
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/schedules`)
  return {
    page,
    hang: () => {
      isHanging = true
    },
  }
}

test('a round that no scheduler runs is said to be overdue, and a failed one says why', async () => {
  const { page } = await openSchedules([
    round('decay', { nextRunAt: Date.now() - 300_000 }),
    round('refresh', { outcome: 'failed', reason: 'the cache is away' }),
    round('sweep'),
  ])
  await page.getByRole('row', { name: /^decay overdue by 5 min/ }).waitFor()
  await page.getByText('decay: overdue, so that no scheduler runs it').waitFor()
  await page.getByRole('row', { name: /^refresh in .*failed: the cache is away 1 s/ }).waitFor()
  await page.getByRole('row', { name: /^sweep in 3 min \d+ s 1 min.* ago done 1 s 2/ }).waitFor()
})

test('rounds that cannot be asked for stay with their age and the reason, within 3 s; the rest is live', async () => {
  const { page, hang } = await openSchedules([round('sweep')])
  const row = page.getByRole('row', { name: /^sweep/ })
  await row.waitFor()
  hang()
  await page.getByText(/^As of \d\d:\d\d:\d\d, .*: no answer within 1000 ms\.$/).waitFor({ timeout: 4_000 })
  expect(await row.count()).toBe(1)
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
})

test('pages have titles and addresses, the back button leads through them, and an unknown address says so', async () => {
  const { page } = await openSchedules([])
  await page.getByText('No round has run').waitFor()
  expect(await page.title()).toBe('Schedules · Hearth')
  await page.evaluate('globalThis.isSame = true')
  await page.getByRole('link', { name: 'Consistency' }).click()
  await page.getByRole('heading', { name: 'Consistency' }).waitFor()
  expect(await page.title()).toBe('Consistency · Hearth')
  await page.goBack()
  await page.getByRole('heading', { name: 'Schedules' }).waitFor()
  expect(await page.evaluate('globalThis.isSame'), 'no page was loaded anew').toBe(true)
  await page.goto(page.url().replace('/schedules', '/worlds/'))
  await page.getByText('There is no page at this address').waitFor()
})
