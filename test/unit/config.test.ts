import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type ConfigSource, readConfig } from '../../config/read.ts'
import { envName, flagName } from '../../config/settings.ts'
import { HearthError } from '../../model/errors.ts'
import { settingsTable } from '../../tools/settings-table.ts'

test('without settings: the defaults', () => {
  expect(readConfig({ env: {} })).toEqual({
    file: {},
    redisUrl: undefined,
    queueRedisUrl: undefined,
    queuePrefix: 'hearth',
    fleet: undefined,
    neo4jUri: undefined,
    neo4jUser: 'neo4j',
    neo4jPassword: undefined,
    neo4jDatabase: undefined,
    neo4jReads: 'leader',
    topK: 50,
    timelineTtlMs: 600_000,
    entityTtlMs: 900_000,
    nullTtlMs: 30_000,
    nullMax: 10_000,
    leaseMs: 10_000,
    maxLoads: 16,
    maxSlowdown: 1.5,
    workerNice: 10,
    ttlJitter: 0.1,
    warmChunk: 500,
    warmConcurrency: 4,
    warmUrgent: 300,
    warmMaxEntities: 100_000,
    warmMaxBytes: undefined,
    popularityHalfLifeMs: 600_000,
    popularitySample: 1,
    refreshTop: 200,
    idleMs: 3_600_000,
    refreshCron: '*/30 * * * * *',
    decayCron: '* * * * *',
    pruneCron: '*/10 * * * *',
    sweepCron: '* * * * *',
    auditCron: '* * * * *',
    auditAllCron: '0 4 * * *',
    auditSample: 100,
    auditBudget: 100,
    auditRepair: true,
    auditAgesMs: '1000,10000,60000,300000',
    pendingMax: 100_000,
    queueReplicas: undefined,
    cacheReplicas: 0,
    port: 3400,
    host: '127.0.0.1',
    tokens: undefined,
    tokensFile: undefined,
    rateLimit: 60_000,
    nearBytes: 64_000_000,
    fleetCounts: true,
    shutdownMs: 5000,
    startChecks: 'refuse',
    logLevel: 'info',
    cluster: false,
    otlpEndpoint: undefined,
    otlpTracesEndpoint: undefined,
    otlpProtocol: 'http/protobuf',
    otlpTracesProtocol: undefined,
    otelServiceName: undefined,
    otelTracesExporter: undefined,
    otelSdkDisabled: false,
  })
})

test('the environment is parsed, and flags override it', () => {
  const config = readConfig({
    env: {
      HEARTH_TOP_K: ' 20 ',
      HEARTH_TTL_JITTER: '.5',
      HEARTH_CLUSTER: 'Yes',
      HEARTH_PORT: '1',
      PATH: '/bin',
    },
    flags: { port: 0, logLevel: 'debug', wait: true },
  })
  expect(config).toMatchObject({ topK: 20, ttlJitter: 0.5, cluster: true, port: 0, logLevel: 'debug' })
})

test("the queue's Redis is the cache's unless another is given", () => {
  const redis = { HEARTH_REDIS_URL: 'redis://cache:6379' }
  expect(readConfig({ env: redis }).queueRedisUrl).toBe('redis://cache:6379')
  const both = { ...redis, HEARTH_QUEUE_REDIS_URL: 'rediss://:p%40ss@queue/2' }
  expect(readConfig({ env: both }).queueRedisUrl).toBe('rediss://:p%40ss@queue/2')
})

test('an empty variable counts as absent', () => {
  expect(readConfig({ env: { HEARTH_TOP_K: '', HEARTH_NEO4J_PASSWORD: '' } })).toMatchObject({ topK: 50 })
  expect(complaint({ env: { HEARTH_REDIS_URL: ' ' }, needs: ['redisUrl'] })).toMatch(
    /HEARTH_REDIS_URL is missing/,
  )
})

test('all problems are reported at once, each with its name and what would be right', () => {
  const message = complaint({
    env: {
      HEARTH_TOP_K: '0',
      HEARTH_PORT: 'tcp://10.0.0.1:3400',
      HEARTH_CLUSTER: 'maybe',
      HEARTH_REDIS_URL: 'http://h',
      HEARTH_TOPK: '3',
    },
    flags: { leaseMs: '1e4' },
    needs: ['neo4jUri'],
  })
  expect(message.split('\n').slice(1)).toEqual([
    '  HEARTH_TOPK is not a setting; did you mean HEARTH_TOP_K?',
    expect.stringMatching(/^ {2}HEARTH_REDIS_URL is "http:\/\/h"; expected a URL like redis:/),
    '  HEARTH_TOP_K is "0"; expected a whole number from 1 to 1000',
    '  --lease-ms is "1e4"; expected a whole number from 100 to 600000',
    '  HEARTH_PORT is "tcp://10.0.0.1:3400"; expected a whole number from 0 to 65535',
    '  HEARTH_CLUSTER is "maybe"; expected true or false',
    expect.stringMatching(/^ {2}HEARTH_NEO4J_URI is missing; expected a URL like neo4j:/),
  ])
})

test.each([
  ['HEARTH_REDISURL', 'HEARTH_REDIS_URL'],
  ['HEARTH_TIMELINE_TTL', 'HEARTH_TIMELINE_TTL_MS'],
  ['hearth_port', 'HEARTH_PORT'],
  ['HEARTH_NEO4J_URL', 'HEARTH_NEO4J_URI'],
])('%s: did you mean %s?', (given, right) => {
  expect(complaint({ env: { [given]: '1' } })).toContain(`${given} is not a setting; did you mean ${right}?`)
})

test('a name that is similar to none is refused without a suggestion', () => {
  expect(complaint({ env: { HEARTH_FROBNICATE_EVERYTHING: '1' } })).toMatch(
    /HEARTH_FROBNICATE_EVERYTHING is not a setting$/,
  )
})

test.each([
  'http://user:hunter2@host',
  'redis://user:hun/ter2@x:hunter2@host/no',
  'user:hunter2@host',
  'redis://host/no?password=hunter2',
])('no password is shown: %s', url => {
  const message = complaint({ env: { HEARTH_REDIS_URL: url } })
  expect(message).toMatch(/HEARTH_REDIS_URL is "/)
  expect(message).not.toMatch(/hun.?ter2/)
})

test.each([
  ['HEARTH_REDIS_URL', 'redis://host', true],
  ['HEARTH_REDIS_URL', 'rediss://user:p%2Fw@[::1]:6379/15', true],
  ['HEARTH_REDIS_URL', 'redis://', false],
  ['HEARTH_REDIS_URL', 'redis://host/name', false],
  ['HEARTH_REDIS_URL', 'host:6379', false],
  ['HEARTH_NEO4J_URI', 'neo4j+s://host', true],
  ['HEARTH_NEO4J_URI', 'bolt+ssc://127.0.0.1:7687', true],
  ['HEARTH_NEO4J_URI', 'neo4j+tls://host', false],
  ['HEARTH_NEO4J_URI', 'bolt://user:hunter2@host', false],
  ['HEARTH_TOP_K', '1000', true],
  ['HEARTH_TOP_K', '1001', false],
  ['HEARTH_TOP_K', '-1', false],
  ['HEARTH_TOP_K', '1.5', false],
  ['HEARTH_TTL_JITTER', '0', true],
  ['HEARTH_TTL_JITTER', '1', false],
  ['HEARTH_LOG_LEVEL', 'silent', true],
  ['HEARTH_LOG_LEVEL', 'loud', false],
  ['HEARTH_QUEUE_PREFIX', '{hearth}', true],
  ['HEARTH_QUEUE_PREFIX', 'a:b', false],
  ['HEARTH_REFRESH_CRON', '*/5 * * * * *', true],
  ['HEARTH_REFRESH_CRON', 'every 30 s', false],
  ['HEARTH_DECAY_CRON', '@hourly', true],
  ['HEARTH_DECAY_CRON', '60 * * * *', false],
  ['HEARTH_PRUNE_CRON', '0 3 * * mon-fri', true],
  ['HEARTH_PRUNE_CRON', '* * * *', false],
  ['HEARTH_SWEEP_CRON', '0 0 31 1 *', true],
  ['HEARTH_SWEEP_CRON', '0 0 30 2 *', false],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://collector/otlp', true],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', false],
  ['OTEL_TRACES_EXPORTER', 'console', false],
])('%s=%s is right: %s', (name, value, right) => {
  if (right) expect(() => readConfig({ env: { [name]: value } })).not.toThrow()
  else expect(complaint({ env: { [name]: value } })).toContain(`${name} is "`)
})

test('a wrong cron expression is reported with what would be right', () => {
  expect(complaint({ env: { HEARTH_PRUNE_CRON: '*/x * * * *' } })).toContain(
    'HEARTH_PRUNE_CRON is "*/x * * * *"; expected cron in UTC, five fields or six with the seconds first, like `*/30 * * * * *`',
  )
})

test('a password given in the right place is used unchanged, with its spaces', () => {
  expect(readConfig({ env: { HEARTH_NEO4J_PASSWORD: ' p@ss ' } }).neo4jPassword).toBe(' p@ss ')
})

test('variables and flags are named after the setting', () => {
  expect(envName('neo4jUri')).toBe('HEARTH_NEO4J_URI')
  expect(envName('otelServiceName')).toBe('OTEL_SERVICE_NAME')
  expect(flagName('timelineTtlMs')).toBe('--timeline-ttl-ms')
})

test('a setting that was replaced is refused with the one that replaced it', () => {
  expect(() => readConfig({ env: { HEARTH_LEAST_LOADS: '0.05', HEARTH_LATE_ANSWERS: '0.02' } })).toThrow(
    /HEARTH_LEAST_LOADS is no longer a setting; HEARTH_MAX_SLOWDOWN .+\n.+HEARTH_LATE_ANSWERS is no longer/,
  )
})

test('docs/configuration.md has the table of all settings', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/configuration.md', import.meta.url)), 'utf8')
  expect(page, 'npm run docs:configuration').toContain(settingsTable())
})

function complaint(source: ConfigSource<'neo4jUri' | 'redisUrl'>): string {
  try {
    readConfig(source)
  } catch (error) {
    expect(error).toBeInstanceOf(HearthError)
    expect(error).toHaveProperty('code', 'InvalidConfig')
    return (error as HearthError).message
  }
  throw new Error('the configuration was accepted')
}
