import { availableParallelism, loadavg } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import type { Overview } from '../../dashboard/console/overview.ts'
import { openWay } from '../chaos/proxy.ts'
import { startHearth } from '../e2e/hearth-command.ts'
import { keep, openBrowser, openTab } from '../support/browser.ts'
import { ask } from '../support/http.ts'
import { neo4jAuth } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

/** The promise: from when it can be known until the page says it. Milliseconds, and frames of one a second. */
const withinMs = 3_000
const withinFrames = 3
/** Where more processes want to run than there are cores, times are of the machine: then frames are counted only. */
const isBusy = () => (loadavg()[0] ?? 0) > availableParallelism()
/** For the return, for which there is no promise. */
const back = { timeout: 30_000 }

/** A dashboard behind ways to its servers that can be frozen and cut, with a worker and a scheduler, and the open page. */
async function openFleet() {
  const { uri, user, password } = neo4jAuth()
  const targets = {
    cache: await startServer(),
    queue: await startServer(),
    neo4j: uri.replace(/^\w+:/, 'bolt:'),
  }
  const [cache, queue, neo4j] = [
    await openWayTo(targets.cache),
    await openWayTo(targets.queue),
    await openWayTo(targets.neo4j),
  ]
  const env = {
    HEARTH_REDIS_URL: cache.url,
    HEARTH_QUEUE_REDIS_URL: queue.url,
    HEARTH_QUEUE_PREFIX: fresh('q'),
    HEARTH_NEO4J_URI: neo4j.url,
    HEARTH_NEO4J_USER: user,
    HEARTH_NEO4J_PASSWORD: password,
    HEARTH_START_CHECKS: 'warn',
    HEARTH_PORT: '0',
  }
  const start = async (name: string) => {
    const process = startHearth([name], env)
    await process.says(/"ready:|ready: /)
    return process
  }
  const dashboard = await start('dashboard')
  const [, url = ''] = await dashboard.says(/the pages are at (http:\S+?)"/)
  const [worker, scheduler] = await Promise.all([start('worker'), start('scheduler')])
  const page = await openTab(await openBrowser(), url)
  await page.goto(url)
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor(back)
  const boxes = page.getByRole('alert').locator('.problem')
  await expect.poll(() => boxes.count(), back).toBe(0)

  const frames = watchFrames(url)

  /** Measures how long after `knownAt` the page has this box, with what helps and the runbook's link. */
  async function says(what: string, { key, box, help, knownAt }: Expected) {
    const found = boxes.filter({ hasText: box })
    await found.waitFor()
    const ms = Date.now() - knownAt
    const since = frames.filter(({ at }) => at >= knownAt)
    const frame = since.findIndex(({ keys }) => keys.includes(key)) + 1
    const load = loadavg()[0]?.toFixed(1)
    console.log(`${what}: shown after ${ms} ms, in frame ${frame} (0: before it must be known); load ${load}`)
    expect(frame, what).toBeLessThanOrEqual(withinFrames)
    if (isBusy()) console.log(`the ${ms} ms are not judged: the machine is busy`)
    else expect(ms, what).toBeLessThan(withinMs)
    expect(await found.textContent()).toContain(help)
    expect(await found.getByRole('link', { name: 'Runbook' }).getAttribute('href')).toMatch(/^\/runbook#\w+$/)
    await keep(page, `outage-${what.replaceAll(/\W+/g, '-').toLowerCase()}`)
  }
  const isWell = () => expect.poll(() => boxes.count(), back).toBe(0)
  return { url, cache, queue, neo4j, worker, scheduler, start, page, says, isWell }
}

interface Expected {
  key: string
  box: RegExp
  help: string
  /** From when it can be known. Milliseconds since 1970. */
  knownAt: number
}

/** The causes of each frame that an open page gets, and when it came. */
function watchFrames(url: string): { at: number; keys: string[] }[] {
  const frames: { at: number; keys: string[] }[] = []
  const watching = new AbortController()
  onTestFinished(() => watching.abort())
  const read = async () => {
    const { body } = await fetch(`${url}/api/v1/overview/events`, { signal: watching.signal })
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events.filter(each => each.startsWith('event: overview'))) {
        const { causes } = JSON.parse(event.slice(event.indexOf('{'))) as Overview
        frames.push({ at: Date.now(), keys: causes.map(({ key }) => key) })
      }
    }
  }
  read().catch(() => {}) // ends with the test
  return frames
}

async function startServer(): Promise<string> {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  return server.url
}

async function openWayTo(target: string) {
  const way = await openWay(target)
  onTestFinished(() => way.close())
  return way
}

test('a server that is frozen or killed is on the page within 3 s, with what to do, until it is back', async () => {
  const { cache, queue, neo4j, says, isWell } = await openFleet()
  const servers = [
    {
      key: 'queue',
      name: "the queues' Redis",
      way: queue,
      box: /Jobs, rounds and appended events wait/,
      help: 'HEARTH_QUEUE_REDIS_URL ping',
    },
    {
      key: 'cache',
      name: "the cache's Redis",
      way: cache,
      box: /Reads go to the source/,
      help: 'HEARTH_REDIS_URL ping',
    },
    { key: 'source', name: 'Neo4j', way: neo4j, box: /misses and writes fail/, help: 'Start it' },
  ]
  for (const { name, way, ...expected } of servers) {
    for (const [fault, kind] of [
      ['frozen', 'blackhole'],
      ['killed', 'cut'],
    ] as const) {
      way.become({ kind })
      await says(`${name} ${fault}`, { ...expected, knownAt: Date.now() })
      way.become({ kind: 'clear' })
      await isWell()
    }
  }
})

/** A scheduler's lock lives 3 s, and two looks, a second apart, tell its absence from a hand-over. Milliseconds. */
const leadershipMs = 4_000
/** After so long a job that no worker takes shows that they hang. Milliseconds. */
const untakenMs = 3_000

test('a worker or a scheduler that is frozen or killed is on the page within 3 s, with what to do, until it is back', async () => {
  const { url, worker, scheduler, start, says, isWell } = await openFleet()
  const unled = { key: 'scheduler', box: /No scheduler acts/, help: 'hearth scheduler' }
  scheduler.kill('SIGSTOP')
  await says('the scheduler frozen', { ...unled, knownAt: Date.now() + leadershipMs })
  scheduler.kill('SIGCONT')
  await isWell()
  scheduler.kill('SIGKILL')
  await says('the scheduler killed', { ...unled, knownAt: Date.now() + leadershipMs })
  await start('scheduler')
  await isWell()

  worker.kill('SIGSTOP')
  const { status } = await ask(`${url}/api/v1/worlds/${fresh('cold')}/warm`, { method: 'POST' })
  expect(status).toBe(202)
  const untaken = { key: 'untaken', box: /take no job of the queue warm/, help: 'restart them' }
  await says('the worker frozen', { ...untaken, knownAt: Date.now() + untakenMs })
  worker.kill('SIGCONT')
  await isWell()
  worker.kill('SIGKILL')
  await says('the worker killed', {
    key: 'workers',
    box: /No worker is running/,
    help: 'hearth worker',
    knownAt: Date.now(),
  })
  await start('worker')
  await isWell()
})
