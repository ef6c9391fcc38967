import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { createLeadership } from '../../queues/leadership.ts'
import { openBrowser, openTab, screenshots } from '../support/browser.ts'
import { openPages } from '../support/http.ts'
import { lively } from '../support/lively.ts'

/** `npm run docs:screenshots` writes them into docs/images. */
const folder = process.env.DOCS_IMAGES ?? screenshots

test('the pictures of the docs show the console as it is, each below 200 kB', async () => {
  const redis = await startRedis({ isolated: true })
  onTestFinished(() => redis.stop())
  const pages = await openPages({ hearth: { redis: redis.url } })
  const leadership = createLeadership({ ...pages.place, name: 'relay' })
  onTestFinished(() => leadership.close())
  const worldId = await lively(pages, ['xah-atho', 'meridian'])
  await mkdir(folder, { recursive: true })
  const page = await openTab(await openBrowser(), pages.url, { viewport: { width: 1280, height: 1000 } })

  for (const [name, { path, text }] of Object.entries({
    now: { path: '/', text: 'of these hits, in memory' },
    world: { path: `/worlds/${worldId}`, text: '% warm' },
    queues: { path: '/jobs', text: 'invalidate' },
  })) {
    await page.goto(pages.url + path)
    await page.getByText(text, { exact: false }).first().waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    const file = join(folder, `${name}.png`)
    await page.screenshot({ path: file })
    expect((await stat(file)).size, name).toBeLessThan(200_000)
  }
})
