import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { createActions } from '../../queues/actions.ts'
import { createHistory } from '../../queues/history/history.ts'
import { keep, openBrowser, openTab } from '../support/browser.ts'
import { openPages, tokens } from '../support/http.ts'
import { minuteOf } from '../support/samples.ts'

const minute = 60_000
const lastEnded = () => Math.floor(Date.now() / minute) - 1

/** Pages whose history is only what a test writes. */
async function opened() {
  const pages = await openPages({ hearth: { processName: false, fleetCounts: false } })
  const page = await openTab(await openBrowser(), pages.url)
  return { ...pages, page, history: createHistory(pages.store) }
}

const chart = (page: Page, title: string) =>
  page.locator('figure.chart').filter({ has: page.getByText(title, { exact: true }) })

/** How many pixels of a chart have the colour of its first line. */
const inkOf = (page: Page, title: string) =>
  chart(page, title)
    .locator('canvas')
    .evaluate((element: unknown) => {
      const canvas = element as {
        width: number
        height: number
        getContext(kind: '2d'): { getImageData(...box: number[]): { data: number[] } }
      }
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      let coloured = 0
      for (let i = 0; i < data.length; i += 4) {
        const [red = 0, green = 0, blue = 0, opaque = 0] = data.slice(i, i + 4)
        if (opaque > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 80) coloured += 1
      }
      return coloured
    })

test('without a recorded minute the history says what records it; an isolated minute is seen as a point', async () => {
  const { page, url, history } = await opened()
  await page.goto(url)
  await page.getByText('A process that runs hearth scheduler records each minute', { exact: false }).waitFor()

  await history.keep(new Map([[lastEnded() - 20, minuteOf({ hits: 50, misses: 50, near: 10 })]]))
  await page.reload()
  await chart(page, 'Hit rate').getByText('50.0 %').waitFor()
  await expect.poll(() => inkOf(page, 'Hit rate')).toBeGreaterThan(8)
  expect(await inkOf(page, 'Active worlds, warm'), 'of another figure too').toBeGreaterThan(8)
  await keep(page, 'history-isolated')
})

test('the range is switched by the keyboard and stands in the address; the pointer reads the values of a time', async () => {
  const { page, url, history, store } = await opened()
  const now = lastEnded()
  const samples = Array.from({ length: 40 }, (_, i) => {
    const at = now - 39 + i
    const away =
      i === 10 ? [{ server: 'source' as const, from: at * minute, until: at * minute + 30_000 }] : []
    return [at, minuteOf({ hits: 90, misses: 10, near: i, away })] as const
  })
  await history.keep(new Map(samples))
  await createActions(store).note({ at: Date.now(), who: 'ops', what: 'warm', on: 'w1', status: 202 })
  await page.goto(url)
  const hitRate = chart(page, 'Hit rate')
  await hitRate.getByText('90.0 %').waitFor()

  const box = (await hitRate.locator('.u-over').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  const at = (box.width * 30) / 59 // the tenth of the minutes that are known, which is the thirtieth of the hour
  await page.mouse.move(box.x + at, box.y + 20)
  await hitRate.getByText('10.0 %').waitFor()
  await page.getByText('The source did not answer for 30 s').last().waitFor()
  await page.getByText('ops: warm w1').last().waitFor()
  await keep(page, 'history-hour')

  await page.getByRole('button', { name: '7 days' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'The last 7 days' }).waitFor()
  expect(new URL(page.url()).search).toBe('?range=7d')
  await page.reload()
  await page.getByRole('heading', { name: 'The last 7 days' }).waitFor()
  expect(await page.getByRole('button', { name: '7 days' }).getAttribute('aria-pressed')).toBe('true')
  await chart(page, 'Hit rate').getByText('90.0 %').waitFor()
  await keep(page, 'history-week')
})

test('each process is shown with how it is; of an older one that is not known, and a lost one says since when', async () => {
  const { page, url, store } = await openPages().then(async pages => {
    return { ...pages, page: await openTab(await openBrowser(), pages.url) }
  })
  const old = { id: 'old', name: 'scheduler', by: 'host-a:17', fingerprint: { topK: '20' } }
  await store.redis.set(`${store.prefix}:process:old`, JSON.stringify(old))
  await store.redis.sadd(`${store.prefix}:processes`, 'old')
  const lost = { ...old, id: 'lost', name: 'worker', by: 'host-b:18', lostAt: Date.now() }
  await store.redis.lpush(`${store.prefix}:processes:lost`, JSON.stringify(lost))
  await page.goto(`${url}/processes`)
  const rows = page.getByRole('table').getByRole('row')
  await rows.filter({ hasText: 'backend' }).filter({ hasText: 'trusted' }).waitFor()
  await rows.filter({ hasText: 'host-a' }).filter({ hasText: 'not known' }).waitFor()
  await rows.filter({ hasText: 'worker lost since' }).waitFor()
  await page.getByText('differs').first().waitFor()
  await keep(page, 'processes')
})

test('operations are filtered, and the address of a filter shows the same to another', async () => {
  const pages = await openPages({ secured: true })
  const actions = createActions(pages.store)
  for (let i = 0; i < 60; i++) {
    await actions.note({
      at: Date.now() - i * minute,
      who: i % 2 === 0 ? 'ops' : 'deputy',
      what: i % 3 === 0 ? 'warm' : 'invalidate',
      on: `w${i}`,
      status: i === 1 ? 403 : 202,
      worldId: `w${i}`,
      job: { queue: 'warm', id: String(i) },
    })
  }
  const page = await openTab(await openBrowser(), pages.url)
  await page.goto(`${pages.url}/operations`)
  await page.getByLabel('Your token').fill(tokens.ops)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('1 to 50 of 60').waitFor()
  await page.getByRole('button', { name: 'Older' }).click()
  await page.getByText('51 to 60 of 60').waitFor()

  await page.getByLabel('Who', { exact: true }).selectOption('deputy')
  await page.getByText('1 to 30 of 30').waitFor()
  await page.getByLabel('Action', { exact: true }).selectOption('warm')
  await page.getByLabel('World', { exact: true }).fill('W3')
  await page.getByText('1 to 3 of 3').waitFor() // w3, w33, w39
  expect(new URL(page.url()).search).toBe('?who=deputy&what=warm&world=W3')
  const row = page.getByRole('row').filter({ hasText: 'warm 39' })
  expect(await row.getByRole('link', { name: 'w39' }).getAttribute('href')).toBe('/worlds/w39')
  expect(await row.getByRole('link', { name: 'warm 39' }).getAttribute('href')).toBe('/queues/queue/warm/39')

  await page.goto(`${pages.url}/operations?who=deputy&world=w1`)
  await page.getByText('refused (403)').waitFor()
  expect(await page.getByLabel('Who', { exact: true }).inputValue()).toBe('deputy')
  await keep(page, 'operations-filtered')
})
