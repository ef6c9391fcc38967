import { once } from 'node:events'
import { Agent, type ClientRequest, get, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { DashboardDeps } from '../../dashboard/server.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { failingOnce } from '../support/failing-once.ts'
import { openPages } from '../support/http.ts'

const start = async (deps: Partial<DashboardDeps> = {}) => (await openPages({ deps })).dashboard

test('a failed job is listed by Bull Board with its payload and its reason, and retried there', async () => {
  const { queue, worker } = await failingOnce({ stored: 3 })
  const { url } = await start({ queues: [queue] })
  const failed = once(worker, 'failed')
  const { id } = await queue.add('warm', { worldId: 'xah-atho' })
  await failed

  const board = await fetch(`${url}/queues/api/queues?activeQueue=warm&status=failed&page=1`)
  const { queues } = (await board.json()) as { queues: { name: string; jobs: unknown[] }[] }
  expect(queues).toMatchObject([
    {
      name: 'warm',
      jobs: [{ id, data: { worldId: 'xah-atho' }, failedReason: 'Neo4j is away', isFailed: true }],
    },
  ])

  const completed = once(worker, 'completed')
  const retried = await fetch(`${url}/queues/api/queues/warm/${id}/retry`, { method: 'PUT' })
  expect(retried.status).toBe(204)
  expect((await completed)[1]).toEqual({ stored: 3 })
})

test('/metrics is what Prometheus reads', async () => {
  const metrics = createMetrics()
  const { url } = await start({ metrics })
  metrics.hit('timeline', 7, 'redis')
  const answer = await fetch(`${url}/metrics`)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)

  const lines = (await answer.text()).split('\n').filter(line => line !== '')
  for (const line of lines)
    expect(line).toMatch(/^# (HELP|TYPE) \w+ .|^\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? (-?[\d.e+-]+|Nan)$/)
  expect(lines).toContain('lw_cache_hits_total{kind="timeline",level="redis"} 7')
  for (const name of [
    'lw_cache_misses_total',
    'lw_warm_count_total',
    'lw_invalidations_total',
    'lw_jobs_total',
  ])
    expect(lines).toContain(`# TYPE ${name} counter`)
})

/** The state of the near cache stands beside the problems, whatever it is. */
const near = { state: expect.any(String) }

test('/readyz reports the problems, /healthz ignores them', async () => {
  let problems = ["the queue's Redis does not answer"]
  const { url } = await start({ ready: async () => problems })

  const not = await fetch(`${url}/readyz`)
  expect([not.status, await not.json()]).toEqual([503, { ready: false, problems, near }])
  expect((await fetch(`${url}/healthz`)).status).toBe(200)

  problems = []
  const now = await fetch(`${url}/readyz`)
  expect([now.status, await now.json()]).toEqual([200, { ready: true, problems: [], near }])
})

test('a readiness check that fails or never answers is a problem, and does not block the page', async () => {
  const failing = await start({ ready: () => Promise.reject(new Error('no route to Neo4j')) })
  const not = await fetch(`${failing.url}/readyz`)
  expect([not.status, await not.json()]).toEqual([
    503,
    { ready: false, problems: ['Error: no route to Neo4j'], near },
  ])
  const hanging = await start({ ready: () => new Promise(() => {}) })
  expect((await fetch(`${hanging.url}/readyz`)).status).toBe(503)
})

test('the front page and the addresses list every page', async () => {
  const { queue } = await failingOnce({ stored: 3 })
  const { url, addresses } = await start({ queues: [queue] })
  const front = await (await fetch(url)).text()
  expect(addresses.map(address => address.url.slice(url.length))).toEqual([
    '/',
    '/queues',
    '/docs',
    '/metrics',
    '/healthz',
    '/readyz',
  ])
  for (const { name, url: page } of addresses) {
    if (page !== `${url}/`) {
      expect(front).toContain(name)
      expect(front).toContain(`href="${page.slice(url.length)}"`)
    }
    expect((await fetch(page)).status).toBe(200)
  }
})

test.each(['0.0.0.0', '::', '192.0.2.1'])('refuses to be reachable from other machines: %s', async host => {
  await expect(start({ host })).rejects.toMatchObject({
    code: 'InvalidConfig',
    message: expect.stringContaining(`HEARTH_HOST is "${host}"`),
  })
})

test('a port that is taken is named, and Hearth does not listen on it', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as { port: number }
  await expect(start({ port })).rejects.toMatchObject({
    code: 'InvalidConfig',
    message: expect.stringContaining(`HEARTH_PORT is ${port}`),
  })
  other.close()
  await once(other, 'close')
  expect((await start({ port })).url).toBe(`http://127.0.0.1:${port}`)
})

test('pages of other sites cannot use the browser of a local user', async () => {
  const { url } = await start()
  expect(
    (await fetch(`${url}/healthz`, { method: 'GET', headers: { origin: 'http://evil.example' } })).status,
  ).toBe(403)
  const [answer] = (await once(get(`${url}/metrics`, { headers: { host: 'evil.example' } }), 'response')) as [
    IncomingMessage,
  ]
  expect(answer.resume().statusCode).toBe(403)
})

test('close does not wait for a connection that is kept open, nor for an answer in progress', async () => {
  let asked = () => {}
  const asking = new Promise<void>(resolve => {
    asked = resolve
  })
  const dashboard = await start({
    ready: () => {
      asked()
      return new Promise(() => {})
    },
  })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const [answer] = (await once(get(`${dashboard.url}/healthz`, { agent }), 'response')) as [IncomingMessage]
  answer.resume()
  await once(answer, 'end')
  const hanging: ClientRequest = get(`${dashboard.url}/readyz`)
  const cut = once(hanging, 'error')
  await asking

  const begun = performance.now()
  await Promise.all([dashboard.close(), dashboard.close()])
  await cut
  expect(performance.now() - begun).toBeLessThan(1000)
  await expect(fetch(dashboard.url)).rejects.toThrow()
})
