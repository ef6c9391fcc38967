import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { findPrometheus, startPrometheus } from '../support/prometheus.ts'
import { root, startHearth } from './hearth-command.ts'

const tools = await findPrometheus()
const token = 'the-token-of-prometheus'
/** Scrapes and evaluates every second. */
const soon = { timeout: 30_000, interval: 200 }

interface Config {
  global: Record<string, string>
  scrape_configs: { job_name: string; [option: string]: unknown }[]
}

/** The shipped configuration, with one process, intervals for tests, and alerts without `for`. */
async function writeConfig(folder: string, target: string): Promise<void> {
  const config = parse(await readFile(`${root}ops/prometheus/prometheus.yml`, 'utf8')) as Config
  const [worker] = config.scrape_configs
  if (worker?.job_name !== 'hearth-worker') throw new Error('the workers are not the first to be looked at')
  const { dns_sd_configs: _, ...job } = worker
  const authorization = { credentials_file: join(folder, 'token') }
  const shortened = {
    ...config,
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    scrape_configs: [{ ...job, authorization, static_configs: [{ targets: [target] }] }],
  }
  await writeFile(join(folder, 'prometheus.yml'), stringify(shortened))
  await writeFile(join(folder, 'token'), token)
  const alerts = await readFile(`${root}ops/prometheus/alerts.yml`, 'utf8')
  await writeFile(join(folder, 'alerts.yml'), alerts.replaceAll(/^( +for): \S+$/gm, '$1: 1s'))
}

test.skipIf(!tools)('Prometheus scrapes a Hearth with its token, and fires alerts', async () => {
  if (!tools) return
  const dev = startHearth(['dev', '--entities', '20'], {
    HEARTH_PORT: '0',
    HEARTH_TOKENS: `prometheus:read:${token}`,
  })
  const [, address = ''] = await dev.says(/Metrics +http:\/\/(\S+)\/metrics/)
  const [, redisUrl = ''] = await dev.says(/HEARTH_REDIS_URL=(\S+) npx hearth read/)
  expect((await fetch(`http://${address}/metrics`)).status).toBe(401)

  const prometheus = await startPrometheus(tools, folder => writeConfig(folder, address))
  onTestFinished(() => prometheus.stop())
  const ask = async (path: string) => {
    const answer = (await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as {
      data: { alerts: Alert[]; result: { value: [number, string] }[] }
    }
    return answer.data
  }
  const query = async (text: string) =>
    (await ask(`query?query=${encodeURIComponent(text)}`)).result.map(({ value }) => value[1])
  const firing = async () =>
    (await ask('alerts')).alerts
      .filter(({ state }) => state === 'firing')
      .map(({ labels }) => [labels['alertname'], labels['queue'] ?? labels['job']].join(' ').trim())

  await expect.poll(() => query('up{job="hearth-worker"}'), soon).toEqual(['1'])
  await expect.poll(() => query('lw_scheduler_acts'), soon).toEqual(['1'])
  expect(await query('sum(lw_warm_count_total)')).toEqual(['42'])

  const queue = new Queue('flush', { connection: { url: redisUrl }, prefix: 'hearth-dev' })
  onTestFinished(() => queue.close())
  queue.on('error', () => {}) // its Redis goes with the process below
  await queue.pause()
  await queue.add('flush', { worldId: 'w1' }, { timestamp: Date.now() - 600_000 })
  await expect.poll(firing, soon).toContain('HearthJobsWaitTooLong flush')
  expect(await firing()).not.toContain('HearthNoScheduler')
  expect(await firing()).not.toContain('HearthProcessDown hearth-worker')

  const read = (path: string) =>
    fetch(`http://${address}/api/v1/worlds/demo/${path}`, { headers: { authorization: `Bearer ${token}` } })
  await read('entities/object/none')
  await Promise.all(Array.from({ length: 256 }, () => read('flags'))) // one hit in 128 is timed
  const unanswered = async () => {
    const asked = (await shownQueries()).map(async text => [text, await query(text)] as const)
    return (await Promise.all(asked)).filter(([, values]) => values.length === 0).map(([text]) => text)
  }
  await expect.poll(unanswered, soon).toEqual([])

  dev.kill('SIGTERM')
  await expect.poll(firing, soon).toContain('HearthProcessDown hearth-worker')
  await expect.poll(firing, soon).toContain('HearthNoScheduler')
})

/** The queries of Grafana's panels, for the last seconds. */
async function shownQueries(): Promise<string[]> {
  const text = await readFile(`${root}ops/grafana/dashboards/hearth.json`, 'utf8')
  const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] }
  return panels
    .flatMap(panel => panel.targets ?? [])
    .map(({ expr }) => expr.replaceAll('$__rate_interval', '10s').replaceAll('$__range', '1m'))
}

interface Alert {
  state: 'pending' | 'firing'
  labels: Record<string, string>
}
