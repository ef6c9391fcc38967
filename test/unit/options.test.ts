import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readConfig } from '../../config/read.ts'
import { checkHearthOptions } from '../../hearth/check-options.ts'
import { createHearth } from '../../hearth/hearth.ts'
import type { HearthOptions } from '../../hearth/options.ts'
import { checkPoolOptions, type PoolOptions } from '../../jobs/pool/options.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { timeline } from '../../model/built-in-kinds.ts'
import type { HearthError } from '../../model/errors.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { checkNeo4jWorldOptions, decidingOf, type Neo4jWorldOptions } from '../../world/neo4j/options.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'

const world = embeddedWorld()
const right: HearthOptions = { cache: 'redis://127.0.0.1:6379', world }
const graph: Neo4jWorldOptions = { uri: 'neo4j://127.0.0.1:7687', user: 'neo4j', password: 'secret' }
const deps = { cache: {}, world, loads: {}, pending: {}, producer: {} } as unknown as PoolOptions['deps']
const pool: PoolOptions = { address: 'redis://127.0.0.1:6379', deps }

/** The lines of the error after its first. */
function problems(work: () => unknown): string[] {
  try {
    work()
    return []
  } catch (error) {
    expect(error).toMatchObject({ name: 'HearthError', code: 'InvalidConfig' })
    return (error as HearthError).message.split('\n  ').slice(1)
  }
}
const ofHearth = (options: object) => problems(() => createHearth({ ...right, ...options } as HearthOptions))
const ofGraph = (options: object) => problems(() => neo4jWorld({ ...graph, ...options } as Neo4jWorldOptions))
const ofPool = (options: object) => problems(() => checkPoolOptions({ ...pool, ...options } as PoolOptions))

test('all problems of createHearth are reported at once, with what was given and what would be right', () => {
  const nothing = problems(() => createHearth({} as HearthOptions))
  expect(nothing).toEqual([
    "cache is missing; expected a URL like redis://:password@host:6379/0, redis+sentinel://:password@host1:26379,host2:26379/name/0 or redis+cluster://:password@host1:6379,host2:6379 (rediss for TLS), ioredis' options or a connection of it, both without keyPrefix, or {cluster: [nodes], options}",
    'world is missing; expected a world, like neo4jWorld({ … })',
  ])
  expect(problems(() => createHearth(null as unknown as HearthOptions))).toEqual([
    'options is null; expected an object of options',
  ])
  expect(
    ofHearth({
      lives: { kindsMs: { timeline: 0, entity: -5 }, nullMs: Number.NaN, nullMax: -1, jitter: 1 },
      topK: '50',
      pendingMax: 1.5,
      queueReplicas: -1,
      cacheReplicas: 1.5,
      leaseMs: 5,
      cluster: 'yes',
      onError: 'log',
      observer: { hit: true },
      queuePrefix: 'a b',
      metrics: {},
      outageCache: { lifeMs: -1 },
      loadLimiter: { most: 0, maxSlowdown: 1 },
      near: { maxBytes: 0 },
      readCounts: { sampleOneIn: 0 },
    }),
  ).toEqual([
    'queuePrefix is "a b"; expected 1 to 64 of the characters A-Z a-z 0-9 . _ - { }',
    'topK is "50"; expected a whole number from 1 to 1000',
    'lives.kindsMs.timeline is 0; expected a whole number from 1 to 2147483647',
    'lives.kindsMs.entity is -5; expected a whole number from 1 to 2147483647',
    'lives.nullMs is NaN; expected a whole number from 1 to 2147483647',
    'lives.nullMax is -1; expected a whole number from 0 to 10000000',
    'lives.jitter is 1; expected a number from 0 to 0.9',
    'pendingMax is 1.5; expected a whole number from 1 to 10000000',
    'queueReplicas is -1; expected a whole number from 0 to 100',
    'cacheReplicas is 1.5; expected a whole number from 0 to 100',
    'leaseMs is 5; expected a whole number from 100 to 600000',
    'cluster is "yes"; expected true or false',
    'metrics is an object; expected what createMetrics() returns',
    'observer is an object; expected an object of functions',
    'loadLimiter.most is 0; expected a whole number from 1 to 1000',
    'loadLimiter.maxSlowdown is 1; expected a number from 1.05 to 100',
    'near.maxBytes is 0; expected a whole number from 1 to 9007199254740991',
    'outageCache.lifeMs is -1; expected a whole number from 0 to 2147483647',
    'readCounts.sampleOneIn is 0; expected a whole number from 1 to 10000',
    'onError is "log"; expected a function',
  ])
})

test('a misspelt option is reported with a suggestion; objects of other libraries are not checked', () => {
  expect(ofHearth({ topk: 20, lives: { kindMs: 1, whatever: 2 }, database: 'x' })).toEqual([
    'lives.kindMs is not an option; did you mean lives.kindsMs?',
    'lives.whatever is not an option',
    'topk is not an option; did you mean topK?',
  ])
  expect(ofGraph({ urii: 'x' })).toEqual(['urii is not an option; did you mean uri?'])
  expect(ofGraph({ stop() {} })).toEqual([])
})

test('addresses are checked, and no password is shown', () => {
  expect(ofHearth({ cache: 'http://me:secret@host' })[0]).toMatch(
    /^cache is "http:\/\/\*\*\*@host"; expected a URL/,
  )
  expect(ofHearth({ cache: { host: 'h', keyPrefix: 'x:' } })[0]).toMatch(/without keyPrefix/)
  expect(ofHearth({ cache: { cluster: [] } })[0]).toMatch(/^cache is an object; expected a URL/)
  expect(ofGraph({ uri: 'http://h', password: 7, graph: 'big', privacy: { privateNames: [7] } })).toEqual([
    'uri is "http://h"; expected a URL like neo4j://host:7687 (neo4j or bolt, with +s or +ssc for TLS); the password is an option of its own',
    'password is wrong; expected text',
    "graph is \"big\"; expected 'indexed' or 'plain'",
    expect.stringMatching(/^privacy\.privateNames is a list; expected must be a list of names/),
  ])
})

test('the object of hearth.config.ts is checked by every function that takes it, and other options override it', () => {
  expect(ofGraph({ config: 'hearth.config.ts' })).toEqual([
    'config is "hearth.config.ts"; expected the object of hearth.config.ts',
  ])
  const config = { world: { cypher: { flag: 'RETURN 1' } } }
  const said = 'world.cypher.flag: there is no such field; did you mean world.cypher.flags?'
  expect(() => neo4jWorld({ ...graph, config } as Neo4jWorldOptions)).toThrow(said)
  expect(() => createHearth({ ...right, config } as HearthOptions)).toThrow(said)

  const ofWorld = {
    graph: 'plain',
    cypher: { flags: 'RETURN 1' },
    privacy: { privateNames: ['x'] },
  } as const
  const kinds = [timeline]
  expect(decidingOf({ ...graph, config: { kinds, world: ofWorld } })).toEqual({ kinds, ...ofWorld })
  const beside = { graph: 'indexed', cypher: {}, privacy: { privateNames: [] } } as const
  expect(decidingOf({ ...graph, config: { kinds, world: ofWorld }, ...beside })).toEqual({ kinds, ...beside })
})

test('startPool reports all that is wrong before it opens a connection', async () => {
  const wrong = {
    ...pool,
    concurrency: { warm: 0 },
    auditAgesMs: [10, 5],
    watchdog: { stuckMs: 0 },
    deps: {},
  }
  await expect(startPool(wrong as unknown as PoolOptions)).rejects.toMatchObject({ code: 'InvalidConfig' })
  expect(
    ofPool({ concurrency: { warm: 0 }, auditAgesMs: [10, 5], watchdog: { stuckMs: 0 }, deps: {} }),
  ).toEqual([
    'deps is an object; expected what hearth.jobDeps() returns',
    'concurrency.warm is 0; expected a whole number from 1 to 1000',
    expect.stringMatching(/^auditAgesMs is a list; expected a list of up to 10/),
    'watchdog.stuckMs is 0; expected a whole number from 1 to 2147483647',
  ])
})

test('valid options are accepted, also if they are undefined', () => {
  const none = {
    lives: undefined,
    topK: undefined,
    readCounts: undefined,
    queue: undefined,
    onError: undefined,
  }
  const some: Partial<HearthOptions>[] = [
    {},
    none as object,
    { cache: '/run/redis.sock', readCounts: false, near: false },
    {
      cache: { host: 'h' },
      queue: 'rediss://:p%40@h:1/2',
      readCounts: { sampleOneIn: 4 },
      outageCache: { lifeMs: 0 },
    },
    { cache: { cluster: [{ host: 'h', port: 1 }] }, queue: { host: 'q' }, lives: { jitter: 0, nullMax: 0 } },
  ]
  for (const options of some) checkHearthOptions({ ...right, ...options })
  checkNeo4jWorldOptions({
    ...graph,
    cypher: { flags: 'RETURN 1' },
    privacy: { privateNames: { add: ['x'] } },
  })
})

test('the library accepts a number exactly if the environment accepts it', () => {
  const pairs = [
    ['topK', 'HEARTH_TOP_K', (topK: number) => ({ topK })],
    ['nullMs', 'HEARTH_NULL_TTL_MS', (nullMs: number) => ({ lives: { nullMs } })],
    ['jitter', 'HEARTH_TTL_JITTER', (jitter: number) => ({ lives: { jitter } })],
    ['leaseMs', 'HEARTH_LEASE_MS', (leaseMs: number) => ({ leaseMs })],
    ['pendingMax', 'HEARTH_PENDING_MAX', (pendingMax: number) => ({ pendingMax })],
    ['queueReplicas', 'HEARTH_QUEUE_REPLICAS', (queueReplicas: number) => ({ queueReplicas })],
    ['cacheReplicas', 'HEARTH_CACHE_REPLICAS', (cacheReplicas: number) => ({ cacheReplicas })],
    ['maxSlowdown', 'HEARTH_MAX_SLOWDOWN', (maxSlowdown: number) => ({ loadLimiter: { maxSlowdown } })],
    ['sampleOneIn', 'HEARTH_POPULARITY_SAMPLE', (sampleOneIn: number) => ({ readCounts: { sampleOneIn } })],
  ] as const
  const number = fc.oneof(
    fc.integer({ min: -2, max: 20_000 }),
    fc.double({ min: -1, max: 2, noNaN: true }).map(n => Number(n.toFixed(3))),
    fc.constantFrom(0, 1, 0.9, 0.91, 0.5, 0.501, 2_147_483_647, 2_147_483_648),
  )
  const takes = (work: () => unknown) => problems(work).length === 0
  fc.assert(
    fc.property(fc.constantFrom(...pairs), number, ([, variable, options], given) => {
      const byEnvironment = takes(() => readConfig({ env: { [variable]: String(given) } }))
      expect(takes(() => checkHearthOptions({ ...right, ...options(given) }))).toBe(byEnvironment)
    }),
    { numRuns: 1_000 },
  )
})
