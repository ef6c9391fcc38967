import fc from 'fast-check'
import { Cluster, Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { readConfig } from '../../config/read.ts'
import { createHearth } from '../../hearth/hearth.ts'
import { parseRedisAddress, redisProblem } from '../../model/redis-address.ts'
import { prefixOf } from '../../queues/connect.ts'
import { addressOf, placeOf, type RedisAddress } from '../../resilience/redis-place.ts'
import { withoutPassword } from '../../resilience/server-words.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'

const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const host = fc.record({
  host: fc.oneof(fc.stringMatching(/^[a-z0-9](?:[a-z0-9.-]{0,8}[a-z0-9])?$/), fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 1, max: 65_535 }),
})
const parts = fc.record({
  hosts: fc.array(host, { minLength: 1, maxLength: 4 }),
  username: fc.option(anyText, { nil: undefined }),
  password: anyText,
  name: anyText,
  db: fc.option(fc.nat(15), { nil: undefined }),
  sentinelPassword: fc.option(anyText, { nil: undefined }),
  tls: fc.boolean(),
})
const authority = ({
  hosts,
  username = '',
  password,
}: Pick<Parts, 'hosts' | 'username' | 'password'>): string => {
  const places = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
  return `${encodeURIComponent(username)}:${encodeURIComponent(password)}@${places.join(',')}`
}
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never

test('every address of Sentinels or a cluster is read as it was written', () => {
  fc.assert(
    fc.property(parts, given => {
      const { hosts, username, password, name, db, sentinelPassword, tls } = given
      const scheme = tls ? 'rediss' : 'redis'
      const who = { ...(username && { username }), password, ...(tls && { tls: {} }) }
      const end = `${db === undefined ? '' : `/${db}`}${sentinelPassword ? `?sentinelPassword=${encodeURIComponent(sentinelPassword)}` : ''}`
      const sentinel = `${scheme}+sentinel://${authority(given)}/${encodeURIComponent(name)}${end}`
      expect(parseRedisAddress(sentinel, 'cache')).toEqual({
        sentinels: hosts,
        name,
        ...who,
        ...(db !== undefined && { db }),
        ...(sentinelPassword && { sentinelPassword }),
        ...(tls && { sentinelTLS: {}, enableTLSForSentinelMode: true }),
      })
      expect(parseRedisAddress(`${scheme}+cluster://${authority(given)}`, 'cache')).toEqual({
        cluster: hosts,
        options: who,
      })
    }),
  )
})

test('a port that is not given is the usual one', () => {
  expect(parseRedisAddress('redis+sentinel://a,[::1]/w', 'cache')).toMatchObject({
    sentinels: [
      { host: 'a', port: 26_379 },
      { host: '::1', port: 26_379 },
    ],
  })
  expect(parseRedisAddress('redis+cluster://a/', 'cache')).toMatchObject({
    cluster: [{ host: 'a', port: 6379 }],
  })
})

test('no password is ever printed, however wrong the address around it is', () => {
  const password = 'hun-ter-2'
  const junk = fc.stringMatching(/^[a-z0-9:/?#[\]%,.@ ]{0,12}$/)
  const scheme = fc.constantFrom('redis', 'rediss', 'redis+sentinel', 'rediss+cluster', 'redis+x', 'http', '')
  fc.assert(
    fc.property(scheme, junk, junk, junk, (kind, before, inside, after) => {
      const url = `${kind}://${before}:${password}${inside}@${after}`
      const shown: string[] = []
      const note = (work: () => unknown) => {
        try {
          work()
          shown.push(withoutPassword(url), addressOf(url))
        } catch (error) {
          shown.push((error as Error).message)
        }
      }
      note(() => parseRedisAddress(url, 'cache'))
      note(() => readConfig({ env: { HEARTH_REDIS_URL: url, HEARTH_QUEUE_REDIS_URL: url } }))
      if (redisProblem(url)) note(() => createHearth({ cache: url, queue: url, world: embeddedWorld() }))
      expect(shown.join('\n')).not.toContain(password)
    }),
  )
  expect(withoutPassword('redis+sentinel://h/n?sentinelPassword=hunter2')).toBe('redis+sentinel://h/n')
})

test.each([
  ['redis+cluster://h:6379/1', /no numbers of databases/],
  ['redis+cluster://h?keyPrefix=x', /keyPrefix is not supported/],
  ['redis://h?keyPrefix=x', /keyPrefix is not supported/],
  ['redis+sentinel://h/n?keyPrefix=x', /keyPrefix is not supported/],
  ['redis+sentinel://h/n?family=6', /parameters may be sentinelUsername and sentinelPassword/],
  ['redis+sentinel://h:26379', /name of the Sentinels' primary is missing/],
  ['redis+sentinel://h/n/zero', /only the number of a database/],
  ['redis+cluster://h1:6379,h2:x', /^Host 2 must be like host:6379/],
  ['redis+cluster://h1,,h2', /^Host 2 must be like host:6379/],
  ['redis+cluster://h1:70000', /^Host 1 must be/],
  ['redis+cluster://u:p@ss@h1', /percent-encoded/],
  ['redis+cluster://u:p/ss@h1', /percent-encoded/],
  ['redis+cluster://u:%zz@h1', /a % is %25/],
  ['redis+cluster://u@h1', /a user needs a password/i],
  ['redis://h1:6379,h2:6379', /several hosts are Sentinels or a cluster/],
  ['redis+sentry://h', /must be a URL like redis:/],
])('%s is refused by name', (url, reason) => {
  expect(redisProblem(url)).toMatch(reason)
  expect(() => readConfig({ env: { HEARTH_REDIS_URL: url } })).toThrow(/HEARTH_REDIS_URL is "/)
  if (/^redis[:+](?!sentry)/.test(url)) {
    const wrong = { cache: url, queue: 'redis://q', world: embeddedWorld() }
    expect(() => createHearth(wrong)).toThrow(redisProblem(url))
  }
})

test.each<[string, unknown, RegExp]>([
  ['a list', [{ host: 'h', port: 6379 }], /must be a URL/],
  ['no nodes', { cluster: [] }, /at least one/],
  ['options with a keyPrefix', { host: 'h', keyPrefix: 'x' }, /keyPrefix/],
  ['nodes with one', { cluster: [7000], options: { keyPrefix: 'x' } }, /keyPrefix/],
  ['a connection with one', new Redis({ lazyConnect: true, keyPrefix: 'x' }), /keyPrefix/],
  [
    'one to a cluster',
    new Cluster([7000], { lazyConnect: true, redisOptions: { keyPrefix: 'x' } }),
    /keyPrefix/,
  ],
  ['one to a cluster, of its own', new Cluster([7000], { lazyConnect: true, keyPrefix: 'x' }), /keyPrefix/],
])('in place of an address %s is refused', (_, given, reason) => {
  const address = given as RedisAddress
  expect(() => placeOf(address, 'queue')).toThrow(reason)
  for (const where of [{ cache: address }, { cache: 'redis://h', queue: address }])
    expect(() => createHearth({ ...where, world: embeddedWorld() })).toThrow(
      /is .*; expected a URL like redis:/,
    )
})

test('of a connection where it goes is taken, not how patient it is', () => {
  const who = { username: 'me', password: 'hunter2', tls: { servername: 's' } }
  const way = { retryStrategy: () => null, commandTimeout: 7, maxRetriesPerRequest: 3, lazyConnect: true }
  const server = { host: 'h', port: 7, db: 3, ...who }
  expect(placeOf(new Redis({ ...server, ...way }), 'cache')).toMatchObject(server)
  const sentinels = { sentinels: [{ host: 'a', port: 1 }], name: 'worlds', sentinelPassword: 'p' }
  const given = [
    new Redis({ ...sentinels, ...way }),
    new Cluster(['a:1', 2, { host: 'b' }], { ...way, redisOptions: { ...who, ...way } }),
  ]
  const [ofSentinels, ofCluster] = given.map(one => placeOf(one, 'cache'))
  expect(ofSentinels).toMatchObject(sentinels)
  expect(ofCluster).toEqual({
    cluster: [
      { host: 'a', port: 1 },
      { host: '127.0.0.1', port: 2 },
      { host: 'b', port: 6379 },
    ],
    options: who,
  })
  expect(ofSentinels).not.toHaveProperty('retryStrategy')
  expect(ofSentinels).not.toHaveProperty('maxRetriesPerRequest')
})

test('in a cluster the prefix of the queues has braces, so that their keys share a slot', () => {
  const [cluster, server] = ['redis+cluster://h', 'redis://h']
  expect(prefixOf({ address: cluster })).toBe('{hearth}')
  expect(prefixOf({ address: new Cluster([7000], { lazyConnect: true }), prefix: 'a{}' })).toBe('{a{}}')
  expect(prefixOf({ address: cluster, prefix: 'a{b}' })).toBe('a{b}')
  expect(prefixOf({ address: server })).toBe('hearth')
})

test('HEARTH_CLUSTER makes the address of a node one of its cluster', () => {
  const queue = { HEARTH_QUEUE_REDIS_URL: 'redis://q' }
  const env = { ...queue, HEARTH_REDIS_URL: 'rediss://me:s%40fe@cache:7000', HEARTH_CLUSTER: 'yes' }
  expect(readConfig({ env })).toMatchObject({
    redisUrl: 'rediss+cluster://me:s%40fe@cache:7000',
    cluster: true,
  })
  expect(readConfig({ env: { ...queue, HEARTH_REDIS_URL: 'redis+cluster://a,b' } })).toMatchObject({
    cluster: true,
  })
  const complaint = (url: string) => () => readConfig({ env: { ...env, HEARTH_REDIS_URL: url } })
  expect(complaint('redis://cache/2')).toThrow(/the number of a database/)
  expect(complaint('redis+sentinel://cache/worlds')).toThrow(/names Sentinels/)
})

test('Sentinels are printed as their address', () => {
  const given = parseRedisAddress('rediss+sentinel://me:hunter2@a,b:1/worlds/3', 'queue')
  expect(addressOf(given)).toBe('rediss+sentinel://a:26379,b:1/worlds')
})
