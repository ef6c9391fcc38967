import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { Closing } from '../../cli/closing.ts'
import { readTokens } from '../../cli/pages.ts'
import { startServing } from '../../cli/process.ts'
import { onPath } from '../../cli/servers/on-path.ts'
import { readConfig } from '../../config/read.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { findPrometheus } from '../support/prometheus.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string) => readFile(join(root, file), 'utf8')
const tools = await findPrometheus()

/** A process with all parts, and its pages. */
async function serveAll(): Promise<string> {
  const closing = new Closing()
  onTestFinished(async () => void (await closing.close()))
  const env = { HEARTH_REDIS_URL: redisUrl(), HEARTH_QUEUE_PREFIX: fresh('q'), HEARTH_PORT: '0' }
  const { dashboard, work } = await startServing({
    name: 'ops',
    parts: ['workers', 'relay', 'schedules'],
    near: true,
    config: readConfig({ env, needs: ['redisUrl'] }),
    world: embeddedWorld(),
    log: pino({ level: 'silent' }),
    closing,
  })
  await work(new AbortController().signal)
  return dashboard.url
}

describe('Prometheus', () => {
  interface Rule {
    alert?: string
    record?: string
    expr: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
  }
  let rules: Rule[]
  beforeAll(async () => {
    const { groups } = parse(await read('ops/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }
    rules = groups.flatMap(group => group.rules)
  })

  test.skipIf(!tools)('promtool accepts the configuration and the rules, and their tests pass', async () => {
    const promtool = tools?.promtool ?? ''
    const folder = await mkdtemp(join(tmpdir(), 'hearth-ops-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const config = await read('ops/prometheus/prometheus.yml')
    const here = config.replaceAll('/run/secrets/', `${folder}/`)
    await writeFile(join(folder, 'prometheus.yml'), here)
    await writeFile(join(folder, 'metrics-token'), 'a token')
    await writeFile(join(folder, 'alerts.yml'), await read('ops/prometheus/alerts.yml'))
    await run(promtool, ['check', 'config', join(folder, 'prometheus.yml')])
    await run(promtool, ['check', 'rules', '--lint-fatal', join(root, 'ops/prometheus/alerts.yml')])
    await run(promtool, ['test', 'rules', join(root, 'ops/prometheus/alerts.test.yml')])
  })

  test('each alert has a severity and a runbook, and is tested', async () => {
    const runbook = await read('docs/runbook.md')
    const { tests } = parse(await read('ops/prometheus/alerts.test.yml')) as {
      tests: { alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[] }[]
    }
    const tried = tests.flatMap(one => one.alert_rule_test ?? [])
    const alerts = rules.flatMap(rule => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]))
    expect(alerts.length).toBeGreaterThan(10)
    for (const { alert, labels, annotations } of alerts) {
      expect(labels?.['severity'], alert).toMatch(/^(critical|warning)$/)
      expect(annotations?.['summary'], alert).toBeTruthy()
      expect(annotations?.['description'], alert).toBeTruthy()
      expect(annotations?.['runbook']).toBe(`docs/runbook.md#${alert.toLowerCase()}`)
      expect(runbook).toContain(`\n### ${alert}\n`)
      const firing = tried
        .filter(one => one.alertname === alert)
        .map(one => (one.exp_alerts ?? []).length > 0)
      expect(firing, `${alert} fires in a test`).toContain(true)
    }
  })

  test('alerts and the dashboard use only metrics that Hearth has', async () => {
    const url = await serveAll()
    const page = await (await fetch(`${url}/metrics`)).text()
    const served = new Set(['up', 'ALERTS'])
    for (const [, name = '', type] of page.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      const parts = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
      for (const part of parts) served.add(name + part)
    }
    for (const { record } of rules) if (record) served.add(record)

    const expressions = [...rules.map(rule => rule.expr), ...(await queries())]
    const asked = new Set(expressions.flatMap(metricsOf))
    expect(asked.size).toBeGreaterThan(30)
    expect([...asked].filter(name => !served.has(name))).toEqual([])
  })
})

/** Names of metrics in PromQL, without labels, functions and numbers. */
function metricsOf(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"/g, '""')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\b(by|without|on|ignoring) \([^)]*\)/g, '')
    .replace(/\[[^\]]*\]( offset \w+)?/g, '')
    .replace(/ offset \w+/g, '')
  return (bare.match(/[a-zA-Z_][\w:]*(?![\w:]*\s*\()/g) ?? []).filter(
    word => !/^(and|or|unless|by)$/.test(word),
  )
}

interface Panel {
  id: number
  type: string
  title: string
  gridPos: { x: number; y: number; w: number; h: number }
  datasource?: { type: string; uid: string }
  targets?: { expr: string; datasource: { uid: string } }[]
}

async function dashboard(): Promise<{ uid: string; panels: Panel[] }> {
  return JSON.parse(await read('ops/grafana/dashboards/hearth.json'))
}

async function queries(): Promise<string[]> {
  return (await dashboard()).panels.flatMap(panel => panel.targets ?? []).map(({ expr }) => expr)
}

test("Grafana's dashboard uses the provisioned data source, and no panel overlaps another", async () => {
  const { panels } = await dashboard()
  const source = parse(await read('ops/grafana/provisioning/datasources/prometheus.yml')) as {
    datasources: { uid: string; url: string }[]
  }
  const [{ uid = '', url = '' } = {}] = source.datasources
  expect(url).toBe('http://prometheus:9090')
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const cells = new Set<string>()
  for (const { title, type, datasource, targets = [], gridPos } of panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(cells.has(`${x} ${y}`), `${title} lies on another`).toBe(false)
        cells.add(`${x} ${y}`)
      }
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
    if (type === 'row') continue
    expect(targets.length, title).toBeGreaterThan(0)
    expect(
      [datasource?.uid, ...targets.map(target => target.datasource.uid)].every(each => each === uid),
    ).toBe(true)
  }
})

interface Service {
  profiles?: string[]
  image?: string
  build?: string
  command?: string[]
  environment?: Record<string, string>
  healthcheck?: { test: string[] }
  stop_grace_period?: string
  scale?: number
  ports?: string[]
  volumes?: string[]
  secrets?: string[]
  depends_on?: Record<string, { condition: string }>
}

describe('docker-compose.yml', () => {
  let compose: { services: Record<string, Service>; volumes: object; secrets: Record<string, object> }
  beforeAll(async () => {
    compose = parse(await read('docker-compose.yml'), { merge: true })
  })
  const hearth = () =>
    ['worker', 'scheduler', 'dashboard'].map(name => [name, compose.services[name] ?? {}] as const)

  test('without a profile it has the three servers, as in the README', () => {
    const plain = Object.entries(compose.services).filter(([, { profiles }]) => !profiles)
    expect(plain.map(([name]) => name)).toEqual(['cache', 'queue', 'neo4j'])
    expect(plain.map(([, { ports }]) => ports?.[0])).toEqual([
      '127.0.0.1:6379:6379',
      '127.0.0.1:6380:6379',
      '127.0.0.1:7687:7687',
    ])
    expect(plain.every(([, { healthcheck }]) => healthcheck)).toBe(true)
    const { cache, queue } = compose.services
    expect(cache?.command?.join(' ')).toMatch(/--maxmemory \S+ --maxmemory-policy volatile-lfu/)
    expect(queue?.command?.join(' ')).toMatch(
      /--maxmemory \S+ --maxmemory-policy noeviction --appendonly yes/,
    )
  })

  test('with it, Hearth waits for healthy servers, and gets more time to stop than it needs', () => {
    for (const [name, service] of hearth()) {
      expect(service.command).toEqual([name])
      for (const server of ['cache', 'queue', 'neo4j'])
        expect(service.depends_on?.[server]?.condition).toBe('service_healthy')
      const graceMs = 1_000 * Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1])
      expect(graceMs).toBeGreaterThan(Number(service.environment?.['HEARTH_SHUTDOWN_MS']) + 1_000)
    }
    for (const name of ['prometheus', 'grafana']) expect(compose.services[name]?.healthcheck).toBeDefined()
  })

  test('Hearth accepts the settings, lets Prometheus scrape, and does not start without tokens', () => {
    const tokens = { METRICS_TOKEN: 'm'.repeat(24), OPERATOR_TOKEN: 'o'.repeat(24) }
    const more = { ...tokens, MORE_TOKENS: `game:write:${'g'.repeat(24)}` }
    const [[, worker]] = hearth() as [readonly [string, Service]]
    const principals = (env: Record<string, string>) =>
      readTokens(readConfig({ env: interpolated(worker.environment ?? {}, env) })).map(who => [
        who.name,
        who.role,
      ])
    expect(principals(tokens)).toEqual([
      ['prometheus', 'read'],
      ['operator', 'operate'],
    ])
    expect(principals(more)).toContainEqual(['game', 'write'])
    expect(() => principals({})).toThrow(/entry 1 of HEARTH_TOKENS is wrong/)
    expect(readConfig({ env: interpolated(worker.environment ?? {}, tokens) })).toMatchObject({
      host: '0.0.0.0',
    })
    expect(compose.services['prometheus']?.secrets).toEqual(['metrics-token'])
    expect(compose.secrets['metrics-token']).toEqual({ environment: 'METRICS_TOKEN' })
  })

  test('Prometheus scrapes the processes, and Grafana gets its files', async () => {
    const { scrape_configs } = parse(await read('ops/prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string; dns_sd_configs?: { names: string[]; port: number }[] }[]
    }
    const found = scrape_configs.flatMap(({ job_name, dns_sd_configs = [] }) =>
      dns_sd_configs.map(({ names, port }) => [job_name, ...names, port]),
    )
    expect(found).toEqual(
      hearth().map(([name, { environment }]) => [
        `hearth-${name}`,
        name,
        Number(environment?.['HEARTH_PORT']),
      ]),
    )
    const volumes = ['prometheus', 'grafana'].flatMap(name => compose.services[name]?.volumes ?? [])
    for (const volume of volumes) {
      const [from = ''] = volume.split(':')
      if (from.startsWith('./')) expect((await stat(join(root, from))).isDirectory(), volume).toBe(true)
      else expect(Object.keys(compose.volumes)).toContain(from)
    }
    const { providers } = parse(await read('ops/grafana/provisioning/dashboards/hearth.yml')) as {
      providers: { options: { path: string } }[]
    }
    expect(volumes).toContain(`./ops/grafana/dashboards:${providers[0]?.options.path}:ro`)
  })

  test.skipIf(!hasCompose())('docker compose accepts it', async () => {
    await run('docker', ['compose', 'config', '-q'], { cwd: root })
    await run('docker', ['compose', '--profile', 'hearth', 'config', '-q'], { cwd: root })
  })
})

/** Replaces `${NAME:-default}` as compose does. */
function interpolated(
  environment: Record<string, string>,
  env: Record<string, string>,
): Record<string, string> {
  const replace = (text: string) =>
    text.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => env[name] || otherwise)
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, replace(text)]))
}

function hasCompose(): boolean {
  try {
    if (onPath('docker', process.env)) execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' })
    else throw new Error('no docker')
    return true
  } catch {
    console.log('[ops] docker compose is not here: only the parser of YAML looks at docker-compose.yml')
    return false
  }
}

describe('the image', () => {
  let instructions: [string, string][]
  beforeAll(async () => {
    const joined = (await read('Dockerfile')).replace(/^#.*\n/gm, '').replace(/\\\n/g, ' ')
    const lines = joined.split('\n').filter(line => line.trim() !== '')
    instructions = lines.map(line => {
      const [word = '', ...rest] = line.trim().split(/\s+/)
      return [word, rest.join(' ')]
    })
  })
  const last = (word: string) => instructions.filter(([each]) => each === word).at(-1)?.[1] ?? ''

  test('node itself gets the signal, as an unprivileged user', () => {
    expect(JSON.parse(last('ENTRYPOINT'))).toEqual(['node', 'dist/cli/main.js'])
    expect(last('STOPSIGNAL')).toBe('SIGTERM')
    expect(last('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    const lastFrom = instructions.findLastIndex(([word]) => word === 'FROM')
    expect(instructions.findLastIndex(([word]) => word === 'USER')).toBeGreaterThan(lastFrom)
    expect(instructions.slice(lastFrom).filter(([word]) => word === 'RUN')).toEqual([])
  })

  test('its health check passes if the process answers, and fails if none does', async () => {
    const { port } = new URL(await serveAll())
    const [, command = '[]'] = /CMD (\[.*\])$/.exec(last('HEALTHCHECK')) ?? []
    const [program, ...args] = JSON.parse(command) as string[]
    expect(program).toBe('node')
    const check = (HEARTH_PORT: string) => run(process.execPath, args, { env: { HEARTH_PORT } })
    await check(port)
    await expect(check('1')).rejects.toMatchObject({ code: 1 })
  })

  test('its build contains everything that is compiled, and nothing large', async () => {
    const lines = (await read('.dockerignore'))
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
    expect(lines[0]).toBe('*')
    const build = await read('tools/build.js')
    const { include } = parse(await read('tsconfig.json')) as { include: string[] }
    const notShipped = ['bench', 'examples', 'test', 'tools']
    for (const place of include.filter(place => !notShipped.includes(place)))
      expect(lines).toContain(`!${place}`)
    for (const file of [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'tools/build.js',
      ...Array.from(build.matchAll(/ from '\.\/(.+)'/g), ([, name]) => `tools/${name}`),
      'LICENSE',
    ])
      expect(lines).toContain(`!${file}`)
    for (const place of notShipped) expect(lines).not.toContain(`!${place}`)
    expect(lines.filter(line => /node_modules|dist|\.git|\.env/.test(line))).toEqual([])
  })
})

test('links between the documents lead somewhere', async () => {
  const pages = (await readdir(join(root, 'docs'))).filter(name => name.endsWith('.md'))
  const names = [...pages.map(name => `docs/${name}`), 'README.md']
  const texts = new Map(await Promise.all(names.map(async name => [name, await read(name)] as const)))
  const anchors = (text: string) =>
    [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    )
  const broken: string[] = []
  for (const [name, text] of texts) {
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [file = '', anchor] = target.split('#')
      const path = file === '' ? name : join(name, '..', file)
      const found = texts.get(path)
      const there =
        found !== undefined ||
        (await stat(join(root, path)).then(
          () => true,
          () => false,
        ))
      if (!there || (anchor !== undefined && found && !anchors(found).includes(anchor)))
        broken.push(`${name}: ${target}`)
    }
  }
  expect(broken).toEqual([])
})
