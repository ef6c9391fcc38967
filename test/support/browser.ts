import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { findChromium } from '../../tools/servers/chromium.ts'

/** A quiet browser: it asks for nothing but the pages under test. */
const launchArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where screenshots of the pages are kept: a folder outside the repository, or that of TEST_SCREENSHOTS. */
export const screenshots = process.env.TEST_SCREENSHOTS ?? join(tmpdir(), 'hearth-screenshots')

let opened: Browser | undefined

/** One for all tests of this process, whose pages share nothing; it ends with the process. */
export async function openBrowser(): Promise<Browser> {
  if (opened?.isConnected()) return opened
  await mkdir(screenshots, { recursive: true })
  opened = await chromium.launch({
    executablePath: await findChromium({ say: console.log }),
    headless: true,
    args: launchArguments,
  })
  return opened
}

/** A page that may only request `url`. When the test ends, it must have had no error and no other request. */
export async function openTab(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const askedElsewhere = new Set<string>()
  const complaints: string[] = []
  page.on('request', request => {
    if (!/^data:/.test(request.url()) && !request.url().startsWith(url)) askedElsewhere.add(request.url())
  })
  page.on('requestfailed', request => {
    if (request.failure()?.errorText === 'csp') askedElsewhere.delete(request.url()) // never left the browser
  })
  page.on('pageerror', error => complaints.push(error.message))
  onTestFinished(() => {
    expect({ complaints, askedElsewhere: [...askedElsewhere] }).toEqual({
      complaints: [],
      askedElsewhere: [],
    })
  })
  return page
}

/** Only where someone wants to look at them: screenshots are a tenth of what the pages' tests cost. */
export async function keep(page: Page, name: string): Promise<void> {
  if (process.env.TEST_SCREENSHOTS === undefined) return
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
}
