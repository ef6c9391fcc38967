import { expect, test } from 'vitest'
import { checkCacheRedis, checkNeo4j, checkQueueRedis, settle } from '../../cli/start-checks.ts'

/** The fields of INFO; an undefined field is missing. */
const info = (facts: Record<string, string | undefined>) =>
  Object.entries(facts)
    .flatMap(([name, value]) => (value === undefined ? [] : `${name}:${value}\r\n`))
    .join('')
const good = {
  redis_version: '7.0.15',
  maxmemory_policy: 'noeviction',
  maxmemory: '0',
  aof_enabled: '1',
}
const queue = (facts: Partial<Record<keyof typeof good, string | undefined>>, durable = true) =>
  checkQueueRedis({ name: 'the queue', info: info({ ...good, ...facts }) }, { durable })

test('a queue that evicts nothing is right, and so is one that hides its settings', () => {
  const nothing = { refused: [], warnings: [] }
  expect(queue({})).toEqual(nothing)
  expect(queue({ redis_version: '7.0.0' })).toEqual(nothing)
  expect(queue({ redis_version: '10.1' })).toEqual(nothing)
  expect(checkQueueRedis({ name: 'the queue', info: '' }, { durable: true })).toEqual(nothing)
})

test('a queue that evicts is refused by name; one that will evict, once it has a limit, gets a warning', () => {
  const evicting = queue({ maxmemory_policy: 'allkeys-lru', maxmemory: '1000' })
  expect(evicting.refused).toEqual([
    expect.stringMatching(/^the queue evicts \(maxmemory-policy allkeys-lru\)/),
  ])
  expect(evicting.warnings).toEqual([])
  const unlimited = queue({ maxmemory_policy: 'volatile-lru' })
  expect(unlimited.refused).toEqual([])
  expect(unlimited.warnings).toEqual([expect.stringContaining('It does not yet')])
})

test('a queue without a file is refused if it must be durable, and otherwise gets a warning', () => {
  const told = [expect.stringMatching(/^the queue has no append-only file/)]
  expect(queue({ aof_enabled: '0' })).toEqual({ refused: told, warnings: [] })
  expect(queue({ aof_enabled: '0' }, false)).toEqual({ refused: [], warnings: told })
})

test('a server that is too old is refused, with the version that is needed', () => {
  for (const version of ['6.2.14', '5.0.14', '2.8']) {
    expect(queue({ redis_version: version }).refused).toEqual([
      `the queue is Redis ${version}; 7.0 is the oldest that will do`,
    ])
  }
  const cache = (redis_version: string) =>
    checkCacheRedis({ name: 'the cache', info: info({ redis_version }) }).refused
  expect(cache('6.0.1')).toEqual(['the cache is Redis 6.0.1; 6.2 is the oldest that will do'])
  expect(cache('6.2.14')).toEqual([])
  const neo4j = (version: string) => checkNeo4j({ name: 'Neo4j', version, lacking: [], concerns: [] }).refused
  for (const version of ['5.23.0', '5.26.30', '2025.01.0']) expect(neo4j(version)).toEqual([])
  for (const version of ['5.22.0', '4.4.40']) {
    expect(neo4j(version)).toEqual([`Neo4j is Neo4j ${version}; 5.23 is the oldest that will do`])
  }
})

test('Valkey is taken by the version of Redis that it keeps to', () => {
  const valkey = 'server_name:valkey\r\nvalkey_version:9.1.2\r\n'
  const given = { name: 'the queue', info: valkey + info({ ...good, redis_version: '7.2.4' }) }
  expect(checkQueueRedis(given, { durable: true })).toEqual({ refused: [], warnings: [] })
})

test('a queue with replicas that takes writes without them gets a warning, and so does one with too few', () => {
  const warnings = (facts: string, replicas?: number) =>
    checkQueueRedis({ name: 'the queue', info: info(good) + facts }, { durable: true, replicas }).warnings
  const alone = expect.stringMatching(/^the queue takes writes without any of its replicas/)
  expect(warnings('connected_slaves:1\r\n')).toEqual([alone])
  expect(warnings('connected_slaves:1\r\nmin_slaves_good_slaves:0\r\n')).toEqual([])
  expect(warnings('connected_slaves:0\r\n')).toEqual([])
  expect(warnings('connected_slaves:0\r\n', 0)).toEqual([])
  expect(warnings('connected_slaves:0\r\n', 1)).toEqual([
    'the queue has 0 replicas, and HEARTH_QUEUE_REPLICAS is 1: until it has as many, appends fail',
  ])
})

test('a cache that evicts flags and snapshots gets a warning', () => {
  const cache = (maxmemory: string, maxmemory_policy: string) =>
    checkCacheRedis({ name: 'the cache', info: info({ ...good, maxmemory, maxmemory_policy }) }).warnings
  expect(cache('1000', 'allkeys-lru')).toEqual([
    expect.stringMatching(/^the cache evicts what has no life too/),
  ])
  expect(cache('0', 'allkeys-lru')).toEqual([])
  expect(cache('1000', 'volatile-lfu')).toEqual([])
})

test('a cache gets a warning unless all its replicas have a change, and a primary without any takes none', () => {
  const warnings = (facts: string, replicas: number) =>
    checkCacheRedis({ name: 'the cache', info: info(good) + facts }, { replicas }).warnings
  const two = 'connected_slaves:2\r\nmin_slaves_good_slaves:2\r\n'
  expect(warnings(two, 2)).toEqual([])
  expect(warnings('connected_slaves:0\r\n', 0)).toEqual([])
  expect(warnings(two, 1)).toEqual([
    'the cache has 2 replicas, and HEARTH_CACHE_REPLICAS is 1: a failover to one of the others may bring back values that were invalidated',
  ])
  expect(warnings(two, 3)).toEqual([
    'the cache has 2 replicas, and HEARTH_CACHE_REPLICAS is 3: until it has as many, or for 30 s, it is not used',
  ])
  expect(warnings('connected_slaves:1\r\n', 1)).toEqual([
    expect.stringMatching(/goes on accepting changes that will be undone: set it to 1$/),
  ])
})

test('a missing schema is refused, place by place', () => {
  const { refused } = checkNeo4j({
    name: 'Neo4j',
    version: '5.26.0',
    lacking: ['(:World) world_id', '(:Event) id'],
    concerns: [],
  })
  expect(refused).toEqual([
    expect.stringMatching(/\(:World\) world_id; \(:Event\) id\): hearth schema makes them$/),
  ])
})

test('data that cannot be read as expected gets a warning', () => {
  const concerns = ['(:World) world_id: 1 of 3 are not text']
  expect(checkNeo4j({ name: 'Neo4j', version: '5.26.0', lacking: [], concerns })).toEqual({
    refused: [],
    warnings: ['Neo4j: (:World) world_id: 1 of 3 are not text'],
  })
})

test('all refusals are reported at once, after the warnings; if allowed, the start continues', () => {
  const concerns = [
    { refused: ['a'], warnings: ['b'] },
    { refused: ['c'], warnings: [] },
  ]
  const warned: string[] = []
  const warn = (what: string) => warned.push(what)
  expect(() => settle(concerns, warn, true)).toThrow(/HEARTH_START_CHECKS=warn.*\n {2}a\n {2}c$/s)
  expect(warned.splice(0)).toEqual(['b'])
  settle(concerns, warn, false)
  expect(warned).toEqual(['b', 'a', 'c'])
  expect(() => settle([{ refused: [], warnings: [] }], warn, true)).not.toThrow()
})
