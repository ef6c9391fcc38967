import { expect, onTestFinished, test } from 'vitest'
import { keep, openBrowser, openTab } from '../support/browser.ts'
import { failJobs, setAside } from '../support/failed-jobs.ts'
import { openPages, tokens } from '../support/http.ts'
import { fresh, queueOf } from '../support/setup.ts'

const reasons = ['there is no world "a"', 'out of luck', 'there is no world "b"']

async function openQueues() {
  const pages = await openPages()
  const worldId = fresh('refused')
  await failJobs(pages, reasons)
  await setAside(pages.hearth, worldId, 'not for this source')
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/jobs`)
  const part = (name: string) => page.getByRole('region', { name, exact: true })
  return { ...pages, worldId, page, part }
}

test('by the keyboard alone an operator retries all jobs of a reason, and the page says how many run again', async () => {
  const { hearth, page, part } = await openQueues()
  const failed = part('Failed jobs by reason')
  await failed.getByRole('row', { name: /audit there is no world … 2/ }).waitFor()
  await keep(page, 'queues-failed')
  await page.setViewportSize({ width: 390, height: 844 })
  await keep(page, 'queues-failed-phone')
  await failed.getByRole('button', { name: 'Retry all of audit: there is no world …' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByText('there is no world …').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('2 run again, 1 failed jobs remain').waitFor()
  await expect.poll(() => failed.getByText('there is no world …').count()).toBe(0)
  await failed.getByRole('row', { name: /audit out of luck 1/ }).waitFor()
  expect((await queueOf(hearth, 'audit').getFailed()).map(({ id }) => id)).toEqual(['f1'])
})

test('one job and the refused events of a world run again, and a queue is paused and resumed', async () => {
  const { hearth, page, part, worldId } = await openQueues()
  const dialog = page.getByRole('dialog')
  await part('Failed jobs by reason').getByRole('button', { name: 'Retry job f1 of audit' }).click()
  await dialog.getByRole('button', { name: 'Retry' }).click()
  await expect.poll(() => queueOf(hearth, 'audit').getFailedCount()).toBe(2)

  await part('Refused events')
    .getByRole('button', { name: `Retry events of ${worldId}` })
    .click()
  await dialog.getByRole('button', { name: 'Retry' }).click()
  await part('Refused events').getByText('The source has refused no event').waitFor()
  expect((await hearth.pending.first(worldId, 1)).pending).toBe(1)

  const queues = part('All queues')
  await queues.getByRole('button', { name: 'Pause refresh' }).click()
  await dialog.getByRole('button', { name: 'Pause' }).click()
  await queues.getByRole('row', { name: /^refresh paused/ }).waitFor()
  await queues.getByRole('button', { name: 'Resume refresh' }).click()
  await dialog.getByRole('button', { name: 'Resume' }).click()
  await queues.getByRole('button', { name: 'Pause refresh' }).waitFor()
  expect(await queueOf(hearth, 'refresh').isPaused()).toBe(false)
})

test('who may only read sees the same without buttons and without links to Bull Board', async () => {
  const pages = await openPages({ secured: true })
  await failJobs(pages, reasons)
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/login?next=/jobs`)
  await page.getByLabel('Your token').fill(tokens.reader)
  await page.getByRole('button', { name: 'Log in' }).click()
  const main = page.getByRole('main')
  await main.getByRole('row', { name: /audit there is no world … 2/ }).waitFor()
  expect(await main.getByRole('button').count()).toBe(0)
  expect(await main.locator('a[href^="/queues"]').count()).toBe(0)
})

test('a page that is one too many says so and asks every 2 s, until another one is closed', async () => {
  const { url, api } = await openPages()
  const others = new AbortController()
  onTestFinished(() => others.abort())
  const { signal } = others
  await Promise.all(Array.from({ length: 50 }, () => fetch(`${api}/overview/events`, { signal })))
  const page = await openTab(await openBrowser(), url)
  await page.goto(`${url}/jobs`)
  const line = page.getByRole('status')
  await line.getByText('Asked every 2 s: too many pages are open').waitFor()
  await page.getByRole('alert').getByText('No worker is running').waitFor()
  others.abort()
  await line.getByText('Live', { exact: true }).waitFor()
})
