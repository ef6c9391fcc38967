import { Queue } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../cli/servers/start-child.ts'
import { kinds } from '../support/kinds.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openCache } from '../support/setup.ts'
import { type Env, hearth } from './hearth-command.ts'

/** A world with cached flags, snapshot, and some timelines and states. */
async function warmWorld() {
  const cache = openCache()
  const worldId = fresh()
  const { keys } = cache
  const entries = {
    flags: keys.entry(kinds.flags, worldId, null),
    snapshot: keys.entry(kinds.snapshot, worldId, null),
    'timeline c1': keys.entry(kinds.timeline, worldId, 'c1'),
    'timeline c2': keys.entry(kinds.timeline, worldId, 'c2'),
    'location l:1': keys.entry(kinds.entity, worldId, { type: 'location', id: 'l:1' }),
  }
  const { token } = await cache.leases.take(Object.values(entries), 'read')
  const fills = Object.values(entries).map(entry => ({ entry, value: '{}', ttl: 60_000 }))
  await cache.leases.fill(token, fills)
  const env: Env = { HEARTH_REDIS_URL: redisUrl(), HEARTH_QUEUE_PREFIX: fresh('q') }
  const left = async () => {
    const found = Object.entries(entries).map(async ([name, { key }]) => [
      name,
      await cache.redis.exists(key),
    ])
    return (await Promise.all(found)).filter(([, there]) => there === 1).map(([name]) => name)
  }
  return { cache, worldId, env, left }
}

test('named values are invalidated at once and again by jobs, and others stay', async () => {
  const { worldId, env, left } = await warmWorld()
  const args = ['--timeline', 'c1', '--timeline', 'c7', '--entity', 'location:l:1', '--flags']
  const named = await hearth(['invalidate', worldId, ...args], env)
  expect(named).toMatchObject({ code: 0, err: '' })
  expect(named.out).toBe(`3 entries of "${worldId}" made stale, directly: no reader sees them any more.\n`)
  expect(await left()).toEqual(['snapshot', 'timeline c2'])

  const queue = new Queue('invalidate', {
    connection: { url: redisUrl() },
    prefix: env['HEARTH_QUEUE_PREFIX'] ?? '',
  })
  onTestFinished(() => queue.close())
  const jobs = (await queue.getWaiting()).map(job => job.name).sort()
  expect(jobs).toEqual(['flags', 'location l:1', 'timeline c1', 'timeline c7'])

  const again = await hearth(['invalidate', worldId, '--flags'], env)
  expect(again.out).toBe(`Nothing of what was named of "${worldId}" was warm.\n`)
})

test('--all invalidates everything of this world, and of no other', async () => {
  const [one, other] = [await warmWorld(), await warmWorld()]
  const all = await hearth(['invalidate', one.worldId, '--all'], one.env)
  expect(all).toMatchObject({ code: 0, out: expect.stringMatching(/^5 entries of .* made stale, directly/) })
  expect(await one.left()).toEqual([])
  expect(await other.left()).toHaveLength(5)

  const unknown = fresh('nowhere')
  const nothing = await hearth(['invalidate', unknown, '--all'], one.env)
  expect(nothing).toMatchObject({ code: 0, out: `Nothing of "${unknown}" was warm.\n`, err: '' })
})

test('--kinds invalidates all of these kinds, and nothing else', async () => {
  const { worldId, env, left } = await warmWorld()
  const timelines = await hearth(['invalidate', worldId, '--kinds', 'timeline'], env)
  const out = `2 entries of "${worldId}" made stale, directly: no reader sees them any more.\n`
  expect(timelines).toMatchObject({ code: 0, out })
  expect(await left()).toEqual(['flags', 'snapshot', 'location l:1'])
})

test.each([
  [[], /name what to invalidate: --timeline <id>, --entity <type:id>, --flags, --snapshot.*--all/],
  [['--all', '--flags'], /--all is everything/],
  [['--kinds', 'timeline', '--flags'], /--kinds is all of these kinds/],
  [['--kinds', 'colours'], /must be a kind: flags, snapshot, entity, timeline/],
  [['--entity', 'dragon:smaug'], /--entity is "dragon:smaug".*one of character, location, object/],
  [['--timeline', ''], /must not be empty/],
])('wrong usage gets an answer that says what would be right: %j', async (args, expected) => {
  const { worldId, env, left } = await warmWorld()
  const { code, err } = await hearth(['invalidate', worldId, ...args], env)
  expect(code).toBeGreaterThan(0)
  expect(err).toMatch(expected)
  expect(err).not.toMatch(/\n +at /)
  expect(await left()).toHaveLength(5)
})

test('without Redis and without Neo4j it fails with a message', async () => {
  const env = { HEARTH_REDIS_URL: `redis://127.0.0.1:${await freePort()}` }
  const named = await hearth(['invalidate', 'w1', '--flags'], env)
  expect(named).toMatchObject({ code: 1, err: expect.stringContaining('neither invalidated, nor recorded') })
  const all = await hearth(['invalidate', 'w1', '--all'], env)
  expect(all).toMatchObject({ code: 1, err: expect.stringMatching(/Redis at \S+ does not answer/) })
})
