import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { openCollector } from '../support/collector.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'
import { descendants, groupOf, type HearthProcess, hearth, isRunning, startHearth } from './hearth-command.ts'

const stopMs = 5_000

function startDev(...args: string[]): HearthProcess {
  return startHearth(['dev', ...args], { HEARTH_PORT: '0' })
}

/** The folder that a Redis child keeps its files in. */
async function folderOf(url: string): Promise<string> {
  const redis = new Redis(url)
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  const [, folder] = (await redis.config('GET', 'dir')) as [string, string]
  return folder
}

test('hearth dev warms a world, which another process reads as a hit, and leaves nothing behind when it ends', async () => {
  const dev = startDev()
  const [, url = '', id = ''] = await dev.says(/HEARTH_REDIS_URL=(\S+) npx hearth read demo --timeline (\S+)/)
  const [, pages = ''] = await dev.says(/Bull Board +(http:\S+)\/queues/)
  expect(dev.printed()).toContain('warming demo: 100 % (2,002 of 2,002 entries)')
  expect(dev.printed()).toMatch(/│ timeline │ +1,000 │ +[\d.]+ MB │ +[\d.]+ m?s │/)

  const read = await hearth(['read', 'demo', '--timeline', id, '--json'], { HEARTH_REDIS_URL: url })
  expect(read.err).toBe('')
  const { outcome, value } = JSON.parse(read.out)
  expect(outcome).toBe('hit')
  expect(value.length).toBeGreaterThan(0)
  expect(value[0]).toMatchObject({ event_id: expect.any(String), participants: expect.any(Array) })

  await dev.says(/the near cache is armed/)
  expect(await (await fetch(`${pages}/readyz`)).json()).toEqual({
    ready: true,
    problems: [],
    near: { state: 'armed' },
  })
  expect(await (await fetch(`${pages}/metrics`)).text()).toContain(
    'lw_warm_count_total{kind="timeline"} 1000',
  )
  expect((await fetch(`${pages}/queues/`)).status).toBe(200)

  const [processes, folder] = [descendants(dev.pid), await folderOf(url)]
  expect(processes.length).toBeGreaterThan(0)
  const askedAt = performance.now()
  dev.kill('SIGINT')
  dev.kill('SIGINT') // npm sends on the Ctrl-C that the terminal has sent already; it is one wish
  expect(await dev.ended).toBe(0)
  expect(performance.now() - askedAt).toBeLessThan(stopMs)
  await expect.poll(() => processes.filter(isRunning)).toEqual([]) // a SIGKILL takes a moment
  expect(groupOf(dev.pid)).toEqual([])
  expect(existsSync(folder)).toBe(false)
})

test('Ctrl-C during warming leaves nothing behind either', async () => {
  const dev = startDev('--entities', '5000')
  await dev.says(/warming demo: \d+ %/)
  const processes = descendants(dev.pid)
  expect(processes.length).toBeGreaterThan(0)
  const askedAt = performance.now()
  dev.kill('SIGINT')
  expect(await dev.ended).toBe(0)
  expect(performance.now() - askedAt).toBeLessThan(stopMs)
  await expect.poll(() => processes.filter(isRunning)).toEqual([]) // a SIGKILL takes a moment
  expect(dev.printed()).not.toMatch(/error|while stopping/i)
})

test('with HEARTH_REDIS_URL it uses that Redis, leaves it running, and starts none of its own; it takes the next free port, other commands find it, and it sends spans', async () => {
  const redis = new Redis(redisUrl())
  onTestFinished(() => redis.disconnect())
  const taken = createServer().listen(3_400, '127.0.0.1')
  taken.on('error', () => {}) // another program has it already
  onTestFinished(() => void taken.close())
  const there = { TMPDIR: mkdtempSync(join(tmpdir(), 'hearth-e2e-')) } // where no other test finds it
  onTestFinished(() => rmSync(there.TMPDIR, { recursive: true }))
  const collector = await openCollector()
  const dev = startHearth(['dev', '--entities', '50'], {
    ...there,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    HEARTH_REDIS_URL: redisUrl(),
    HEARTH_QUEUE_PREFIX: fresh('q'),
  })
  await dev.says(/Ctrl-C stops all of it/)
  expect(dev.printed()).toContain('Redis: the one HEARTH_REDIS_URL names')
  expect(descendants(dev.pid)).toEqual([])
  expect(dev.printed()).toMatch(/Console +http:\/\/127\.0\.0\.1:34(?!00)\d\d\//)
  const found = await hearth(['inspect', 'demo', '--json'], there)
  expect(found).toMatchObject({ code: 0, err: expect.stringContaining('Using the running hearth dev') })
  expect(JSON.parse(found.out)).toMatchObject({ worldId: 'demo' })
  dev.kill('SIGTERM')
  expect(await dev.ended).toBe(0)
  const spans = collector.taken.map(({ body }) => body).join()
  for (const name of ['hearth-dev', 'process warm', 'load timeline']) expect(spans).toContain(name)
  expect(await redis.ping()).toBe('PONG')
  const gone = await hearth(['inspect', 'demo'], there)
  expect(gone).toMatchObject({ code: 2, err: expect.stringContaining('HEARTH_REDIS_URL is missing') })
})
