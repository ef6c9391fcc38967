import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { openHearth as openCommandsHearth } from '../../cli/connect.ts'
import { noWorld } from '../../cli/no-world.ts'
import { openNeo4j } from '../../cli/open-neo4j.ts'
import { startRedis } from '../../cli/servers/redis.ts'
import { requireCache, warnWithoutWorkers } from '../../cli/with-hearth.ts'
import { readConfig } from '../../config/read.ts'
import { partsOf } from '../../hearth/hearth.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { prefixesWithWorkers } from '../../queues/workers.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh, openHearth } from '../support/setup.ts'

const protectedMode =
  '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface.'

/** A server that reads the first bytes of each connection, sends this answer, and closes it. */
async function startAnswering(answer: string | Buffer): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => socket.end(answer))
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The errors of a command's three connections to this Redis: of its cache, a job, and the pending events. */
async function saidOf(url: string) {
  const config = readConfig({ env: { HEARTH_REDIS_URL: url }, needs: ['redisUrl'] })
  const hearth = openCommandsHearth({ config, world: noWorld() })
  onTestFinished(() => hearth.close())
  const said = await Promise.allSettled([
    requireCache(hearth, url),
    hearth.warm('w1'),
    partsOf(hearth).pending.first('w1', 1),
  ])
  return said.map(one => (one.status === 'rejected' ? String(one.reason.message) : 'fulfilled'))
}

test('an error of a Redis that refuses has its message, its address and a remedy, for every kind of connection', async () => {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const admin = new Redis(server.url)
  onTestFinished(() => admin.disconnect())
  await admin.acl('SETUSER', 'nobody', 'on', '>pw', '~*', '-@all')
  await admin.acl('SETUSER', 'default', 'on', '>secret')
  const { host } = new URL(server.url)
  const cases = [
    [`redis://${host}`, /NOAUTH .*give its user and password in the URL/],
    [`redis://:wrong@${host}`, /WRONGPASS .*the user or the password in the URL is not right/],
    [`redis://nobody:pw@${host}`, /NOPERM .*docs\/security\.md has the ACLs/],
  ] as const
  await Promise.all(
    cases.map(async ([url, words]) => {
      for (const said of await saidOf(url)) {
        expect(said).toMatch(words)
        expect(said).toContain(`redis://${host}`)
        expect(said).not.toMatch(/max retries|wrong@|pw@/)
      }
    }),
  )
})

test('protected mode, a TLS port, a server without free connections, no server: every kind of connection says so', async () => {
  const tls = Buffer.from([0x15, 3, 3, 0, 2, 2, 70])
  const noRoom = '-ERR max number of clients reached\r\n'
  const cases = [
    [
      await startAnswering(protectedMode),
      /DENIED Redis is running in protected mode .* the default user \(set a password/,
    ],
    [await startAnswering(tls), /it speaks TLS at this port: use rediss:\/\//],
    [await startAnswering(noRoom), /max number of clients reached \(raise its maxclients\)/],
    ['redis://127.0.0.1:1', /127\.0\.0\.1:1\b.*ECONNREFUSED.*nothing listens there/],
  ] as const
  await Promise.all(
    cases.map(async ([url, words]) => {
      for (const said of await saidOf(url)) expect(said).toMatch(words)
    }),
  )
})

test.each([
  [
    'password',
    (uri: string) => ({ uri, password: 'wrong' }),
    /Security\.Unauthorized.*the password is not right/,
  ],
  [
    'TLS',
    (uri: string, password: string) => ({ uri: uri.replace(/^\w+:/, 'bolt+s:'), password }),
    /no connection to bolt\+s:\S+: .*it speaks no TLS at this port/,
  ],
  [
    'port',
    () => ({ uri: 'bolt://127.0.0.1:1', password: 'p' }),
    /bolt:\/\/127\.0\.0\.1:1: .*nothing listens there/,
  ],
])('a Neo4j with another %s is quoted, with what helps', async (_, given, words) => {
  const { uri, user, password } = neo4jAuth()
  const settings = given(uri, password)
  const env = {
    HEARTH_NEO4J_URI: settings.uri,
    HEARTH_NEO4J_USER: user,
    HEARTH_NEO4J_PASSWORD: settings.password,
  }
  const world = openNeo4j(readConfig({ env, needs: ['neo4jUri'] }))
  onTestFinished(() => world.close())
  await expect(world.ready()).rejects.toThrow(words)
})

test('waiting for a job reports that no worker has its prefix, and which prefixes have one', async () => {
  const { hearth, place } = openHearth()
  const other = { ...place, prefix: fresh('other') }
  expect(await prefixesWithWorkers(hearth.producer.queues)).not.toContain(other.prefix)
  const pool = await startPool({ ...other, deps: hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  await expect
    .poll(() => prefixesWithWorkers(hearth.producer.queues), { timeout: 15_000 })
    .toContain(other.prefix)
  expect(await prefixesWithWorkers(hearth.producer.queues)).not.toContain(place.prefix)
  const said = await new Promise<string>(say => warnWithoutWorkers(hearth, place, { afterMs: 1, say }))
  expect(said).toContain(`No worker answers for the prefix "${place.prefix}" at ${redisUrl()}`)
  expect(said).toContain(`--queue-prefix ${other.prefix} (or HEARTH_QUEUE_PREFIX=${other.prefix})`)
})
