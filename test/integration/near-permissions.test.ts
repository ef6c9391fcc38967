import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import { readsUntilNear, watchNear } from '../support/near-states.ts'
import { textOf } from '../support/pages.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

let server: StartedRedis
let admin: Redis
beforeAll(async () => {
  server = await startRedis({ isolated: true, purpose: 'cache' })
  admin = new Redis(server.url)
})
afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})

/** The rules of the cache's user, as docs/security.md has them. */
const [, documented = ''] = /^ACL SETUSER hearth-cache on >… (.+)$/m.exec(textOf('docs/security.md')) ?? []

/** The URL of a new user with the documented rules and these after them. */
async function userWith(...more: string[]): Promise<string> {
  const name = fresh('user')
  await admin.acl('SETUSER', name, 'on', '>pw', ...documented.split(' '), ...more)
  return server.url.replace('//', `//${name}:pw@`)
}

test('with the documented ACL the near cache is armed, serves reads and sees changes, and Redis refuses nothing', async () => {
  await admin.acl('LOG', 'RESET')
  const near = watchNear()
  const { hearth, world } = openHearth({
    cache: await userWith(),
    queue: redisUrl(),
    observer: near.observer,
  })
  const worldId = fresh()
  await plantWorld(world, worldId)
  await near.is('armed')
  for (let i = 0; i < readsUntilNear; i++) await hearth.flags(worldId)
  expect(await hearth.flags(worldId)).toEqual({ weather: 'calm' })
  expect(hearth.cache.near?.stats.fences).toBeGreaterThan(0)
  await hearth.setFlags(worldId, { weather: 'storm' })
  expect(await hearth.flags(worldId)).toEqual({ weather: 'storm' })
  expect(await admin.acl('LOG')).toEqual([])
})

test.each([
  ['CLIENT TRACKING', '-client|tracking'],
  ['PTTL', '-pttl'],
  ['UNLINK', '-unlink'],
  ['SET', '-set'],
  ['keys but those of worlds', 'resetkeys', '~lw:world:*', '~lw:worlds:*'],
])('without %s it is off, which is reported once with the reason, and reads go on', async (_, ...rules) => {
  const reported: string[] = []
  let hear = () => {}
  const heard = new Promise<void>(resolve => {
    hear = resolve
  })
  const { hearth, world } = openHearth({
    cache: await userWith(...rules),
    queue: redisUrl(),
    onError({ message }) {
      if (!message.startsWith('the near cache')) return
      reported.push(message)
      hear()
    },
  })
  const worldId = fresh()
  await plantWorld(world, worldId)
  await heard
  for (let i = 0; i < 3; i++) expect(await hearth.flags(worldId)).toEqual({ weather: 'calm' })
  expect(hearth.cache.near?.stats).toMatchObject({ state: 'off', entries: 0 })
  expect(hearth.cache.near?.stats.reason).toMatch(/NOPERM.*docs\/security\.md/)
  expect(reported).toEqual([
    expect.stringMatching(/^the near cache is off in this process, and reads go on without it: NOPERM/),
  ])
})

test('an observer that hears the state gets it in place of onError', async () => {
  const near = watchNear()
  const errors: string[] = []
  openHearth({
    cache: await userWith('-client|tracking'),
    queue: redisUrl(),
    observer: near.observer,
    onError: ({ message }) => errors.push(message),
  })
  await near.is('off')
  expect(near.heard).toEqual([{ state: 'off', reason: expect.stringContaining('NOPERM') }])
  expect(errors.filter(message => message.includes('near cache'))).toEqual([])
})

test('permissions that are taken away later turn it off, too', async () => {
  const near = watchNear()
  const url = await userWith()
  const { hearth, world } = openHearth({ cache: url, queue: redisUrl(), observer: near.observer })
  const worldId = fresh()
  await plantWorld(world, worldId)
  await near.is('armed')
  for (let i = 0; i < readsUntilNear; i++) await hearth.flags(worldId)
  await admin.acl('SETUSER', new URL(url).username, '-pttl')
  await hearth.entity(worldId, { type: 'character', id: 'c1' }) // is not near, so that it is read by GET and PTTL
  expect(await hearth.flags(worldId)).toEqual({ weather: 'calm' })
  await near.is('off')
  expect(near.heard.map(({ state }) => state)).toEqual(['armed', 'connecting', 'off'])
})

test('a user with fewer rights needs the documented four commands and two patterns of keys', async () => {
  const [, added = ''] = /^(\+client\|tracking .+)$/m.exec(textOf('docs/security.md')) ?? []
  const without = ['-client|tracking', '-pttl', '-unlink', '-set', 'resetkeys', '~lw:world:*', '~lw:worlds:*']
  const near = watchNear()
  openHearth({
    cache: await userWith(...without, ...added.split(' ')),
    queue: redisUrl(),
    observer: near.observer,
  })
  await near.is('armed')
  expect(added).not.toBe('')
})
