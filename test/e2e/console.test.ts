import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import { palette } from '../../dashboard/theme.ts'
import { keep, openBrowser, openTab } from '../support/browser.ts'
import { openPages, tokens } from '../support/http.ts'
import { lively } from '../support/lively.ts'

/** A separate Redis, because the console shows all worlds of a Redis. */
let redis: StartedRedis
beforeAll(async () => {
  redis = await startRedis({ isolated: true })
})
afterAll(() => redis?.stop())

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe-core finds that keeps people from using the page, in words. */
async function obstacles(page: Page): Promise<string[]> {
  const isLoaded = await page.evaluate('typeof axe === "object"')
  if (!isLoaded) await page.addScriptTag({ path: axe })
  const found = (await page.evaluate(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 200))))`)) as string[]
  return found
}

/** How much wider than the screen the page is. Pixels. */
const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

const looks = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'phone-light': { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  'phone-dark': { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
} as const

/** What is seen on each page once its figures have come. */
const shown = (worldId: string) => ({
  now: { path: '/', text: 'of these hits, in memory' },
  worlds: { path: '/worlds', text: worldId },
  world: { path: `/worlds/${worldId}`, text: '% warm' },
  jobs: { path: '/jobs', text: 'out of luck' },
  schedules: { path: '/schedules', text: 'No round has run' },
  consistency: { path: '/consistency', text: '99.9996 %' },
  processes: { path: '/processes', text: 'Loop late by' },
  operations: { path: '/operations', text: 'Outcome' },
})

test.each(Object.entries(looks))(
  'every page is accessible and no wider than the screen: %s',
  async (look, options) => {
    const pages = await openPages({ hearth: { redis: redis.url } })
    const worldId = await lively(pages)
    const page = await openTab(await openBrowser(), pages.url, { ...options, bypassCSP: true })
    for (const [name, { path, text }] of Object.entries(shown(worldId))) {
      await page.goto(pages.url + path)
      await page.getByText(text, { exact: false }).first().waitFor()
      await keep(page, `${name}-${look}`)
      expect([name, await page.evaluate(overflow)]).toEqual([name, 0])
      expect([name, await obstacles(page)]).toEqual([name, []])
    }
  },
)

test.each(['light', 'dark'] as const)('the pages beside the console have its look: %s', async colorScheme => {
  const pages = await openPages({ hearth: { redis: redis.url }, secured: true })
  const page = await openTab(await openBrowser(), pages.url, { colorScheme })
  await page.goto(`${pages.url}/login?next=/docs`)
  await keep(page, `login-${colorScheme}`)
  expect(await backgroundOf(page)).toBe(backgrounds[colorScheme])
  await page.getByLabel('Your token').fill(tokens.ops)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('What a game reads', { exact: false }).first().waitFor()
  await keep(page, `docs-${colorScheme}`)
  expect(await backgroundOf(page)).toBe(backgrounds[colorScheme])
  await page.goto(`${pages.url}/queues`)
  await page.getByText('Hearth', { exact: false }).first().waitFor()
  await page.getByRole('link', { name: 'warm' }).first().waitFor()
  await keep(page, `bull-board-${colorScheme}`)
  expect(await page.evaluate('getComputedStyle(document.body).getPropertyValue("--primary")')).toBe(
    palette[colorScheme].accent,
  )
  await page.goto(`${pages.url}/no-such-page`)
  await page.getByRole('heading', { name: 'Not Found' }).waitFor()
  expect(await backgroundOf(page)).toBe(backgrounds[colorScheme])
})

const backgrounds = { light: 'rgb(246, 245, 243)', dark: 'rgb(23, 21, 19)' }
const backgroundOf = (page: Page) => page.evaluate('getComputedStyle(document.body).backgroundColor')
