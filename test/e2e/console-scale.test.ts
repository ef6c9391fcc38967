import type { CDPSession, Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { openBrowser, openTab } from '../support/browser.ts'
import { openPages } from '../support/http.ts'
import { lively } from '../support/lively.ts'

const worlds = 5_000
const rounds = 5

/** Worlds that were played and read, each with a few entries in its index, besides the lively one. */
async function plantMany({ hearth, store }: Awaited<ReturnType<typeof openPages>>): Promise<void> {
  const { redis, keys } = hearth.cache
  const now = Date.now()
  const minute = `${store.prefix}:reads:${Math.floor(now / 60_000) - 1}`
  for (let from = 0; from < worlds; from += 500) {
    const [cached, counted] = [redis.pipeline(), store.redis.pipeline()]
    for (let i = from; i < from + 500; i++) {
      const id = `planted-${i}`
      cached.zadd(keys.activeWorlds, now - i * 1_000, id)
      cached.set(keys.expectedEntries(id), 20)
      cached.zadd(
        keys.index(id),
        (now + 600_000) * 1_000,
        'flags',
        (now + 600_000) * 1_000,
        'timeline:c1:recent',
      )
      counted.zadd(`${minute}:worlds`, 10 + (i % 100), id)
      counted.zadd(`${minute}:misses`, i % 10, id)
    }
    await Promise.all([cached.exec(), counted.exec()])
  }
  for (const of of [':worlds', ':misses']) await store.redis.expire(minute + of, 900)
}

/** Notes when the text that a page is about first stands on it. */
const noteDrawn = (texts: Record<string, string>) => `
  const texts = ${JSON.stringify(texts)}
  new MutationObserver(() => {
    if (window.drawnAt || !document.querySelector('main')?.textContent.includes(texts[location.pathname])) return
    window.drawnAt = performance.now()
  }).observe(document, { childList: true, subtree: true, characterData: true })`

/** How much the server answered to the page, uncompressed, since this was last asked. */
async function countBytes(session: CDPSession): Promise<() => number> {
  let bytes = 0
  session.on('Network.dataReceived', ({ dataLength }) => {
    bytes += dataLength
  })
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  return () => {
    const sum = bytes
    bytes = 0
    return sum
  }
}

test('with 5,000 worlds each page has at most 300 kB and a screenful of rows; how long it takes is printed', async () => {
  const redis = await startRedis({ isolated: true })
  onTestFinished(() => redis.stop())
  const pages = await openPages({ hearth: { redis: redis.url } })
  const worldId = await lively(pages)
  await plantMany(pages)
  const texts = {
    '/': 'Hottest worlds',
    '/worlds': '1 to 50 of',
    [`/worlds/${worldId}`]: '% warm',
    '/jobs': 'out of luck',
    '/schedules': 'No round has run',
    '/consistency': '99.9996 %',
    '/processes': 'Loop late by',
    '/operations': 'Outcome',
  }
  const page: Page = await openTab(await openBrowser(), pages.url)
  await page.addInitScript(noteDrawn(texts))
  const bytesSince = await countBytes(await page.context().newCDPSession(page))
  for (const path of Object.keys(texts)) {
    const took: number[] = []
    let bytes = 0
    for (let i = 0; i < rounds; i++) {
      bytesSince()
      await page.goto(pages.url + path)
      const drawn = async () => Number((await page.evaluate('window.drawnAt')) ?? 0)
      await expect.poll(drawn).toBeGreaterThan(0)
      took.push(await drawn())
      bytes = bytesSince()
      expect([path, bytes < 300_000, bytes]).toEqual([path, true, bytes])
    }
    if (path === '/worlds') await page.getByText(/1 to 50 of 5,00\d/).waitFor()
    const rows = Number(await page.evaluate('document.querySelectorAll("tbody tr").length'))
    expect([path, rows <= 120, rows]).toEqual([path, true, rows])
    const [least = 0, ...others] = took.sort((a, b) => a - b)
    console.log(
      `[console] ${worlds} worlds, ${path.replace(worldId, 'a-world')}: drawn after ${Math.round(took[Math.floor(rounds / 2)] ?? 0)} ms ` +
        `(${Math.round(least)} to ${Math.round(others.at(-1) ?? 0)}), ${Math.round(bytes / 1_000)} kB, ${rows} rows`,
    )
  }
})
