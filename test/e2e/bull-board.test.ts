import { once } from 'node:events'
import { expect, test } from 'vitest'
import { keep, openBrowser, openTab } from '../support/browser.ts'
import { failingOnce } from '../support/failing-once.ts'
import { openPages } from '../support/http.ts'

test('in a browser: a failed warm job is found, read and retried', async () => {
  const { queue, worker } = await failingOnce({ outcome: 'warmed', entries: 254 })
  const { url } = await openPages({ deps: { queues: [queue] } })
  const failed = once(worker, 'failed')
  await queue.add('world', { worldId: 'xah-atho', force: false })
  await failed

  const page = await openTab(await openBrowser(), url)

  await page.goto(url)
  await page.getByRole('link', { name: 'Bull Board' }).click()
  const board = page.locator('main')
  await board.getByText('1 Job').waitFor()
  await keep(page, 'bull-board-1-queues')

  await page.getByRole('link', { name: 'warm' }).first().click()
  await board.getByRole('link', { name: 'FAILED' }).click()
  await board.getByRole('link', { name: '#1' }).click()
  await board.getByText('Neo4j is away').waitFor()
  await keep(page, 'bull-board-2-failed-job')
  await board.getByRole('tab', { name: 'Data' }).click()
  await board.getByText('"xah-atho"').waitFor()
  await keep(page, 'bull-board-3-payload')

  const retry = board.locator('button:has(svg.lucide-refresh-cw)')
  await retry.hover()
  await page.getByText('Retry', { exact: true }).waitFor()
  await retry.click()
  const confirm = page.getByRole('button', { name: 'Confirm' })
  await Promise.all([once(worker, 'completed', { signal: AbortSignal.timeout(30_000) }), confirm.click()])
  await board.getByText('Finished at').waitFor()
  await board.getByText('"warmed"').waitFor()
  await keep(page, 'bull-board-4-completed')

  await page.getByRole('link', { name: 'warm' }).first().click()
  await board.getByRole('link', { name: 'COMPLETED' }).click()
  await board.getByRole('link', { name: '#1' }).waitFor()
  await keep(page, 'bull-board-5-completed-list')
  expect(await queue.getJobCounts('completed', 'failed')).toEqual({ completed: 1, failed: 0 })
})
