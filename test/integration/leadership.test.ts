import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { createLeadership, type Leadership, type LeadershipOptions } from '../../queues/leadership.ts'
import { startProxy } from '../support/relay-proxy.ts'
import { inTime } from '../support/relay-setup.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

/** A contender; the test can wait for each of its changes of state. */
function contend(options: Partial<LeadershipOptions> & { prefix: string }) {
  const waiting: { state: boolean; resolve: () => void }[] = []
  const changes: boolean[] = []
  const leadership = createLeadership({
    address: redisUrl(),
    name: 'test',
    ...options,
    onChange(leads) {
      changes.push(leads)
      for (const { state, resolve } of waiting) if (state === leads) resolve()
    },
  })
  onTestFinished(() => leadership.close())
  const becomes = (state: boolean) =>
    new Promise<void>(resolve => {
      waiting.push({ state, resolve })
      if (leadership.leads() === state && (changes.at(-1) ?? false) === state) resolve()
    })
  return { ...leadership, changes, becomes }
}

function client(): Redis {
  const redis = new Redis(redisUrl())
  onTestFinished(() => redis.disconnect())
  return redis
}

test('one of two leads; when it closes, the other takes over at once', async () => {
  const prefix = fresh('lead')
  const first = contend({ prefix, lifeMs: 60_000 })
  await first.becomes(true)
  const second = contend({ prefix, lifeMs: 600 })
  await Promise.all([first.close(), first.close()])
  expect(first.leads()).toBe(false)
  await second.becomes(true) // although the first one's lock would last another minute
  expect(first.changes).toEqual([true, false])
})

test('closing gives back only its own lock', async () => {
  const prefix = fresh('lead')
  const redis = client()
  const leader = contend({ prefix })
  await leader.becomes(true)
  await redis.set(`${prefix}:leader:test`, 'somebody else', 'PX', 60_000)
  await leader.close()
  expect(await redis.get(`${prefix}:leader:test`)).toBe('somebody else')
})

test('a leader that cannot renew its lock stops by its own clock, before another begins', async () => {
  const prefix = fresh('lead')
  const way = await startProxy(redisUrl())
  const lonely = contend({ prefix, address: way.url, lifeMs: 1_000 })
  await lonely.becomes(true)
  const other = contend({ prefix, lifeMs: 1_000 })
  const ledMeanwhile = other.becomes(true).then(() => lonely.leads())
  way.cut()
  await lonely.becomes(false)
  expect(await ledMeanwhile).toBe(false)

  way.mend()
  await other.close()
  await lonely.becomes(true)
})

test('when a leader dies silently, another takes over within seconds', async () => {
  const prefix = fresh('lead')
  const way = await startProxy(redisUrl())
  const gone = contend({ prefix, address: way.url })
  await gone.becomes(true)
  const next = contend({ prefix })
  way.cut()
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error('nobody leads after 6 s')), 6_000)
  })
  await Promise.race([next.becomes(true), late])
})

test('after Redis has lost the lock, it is asked again', async () => {
  const prefix = fresh('lead')
  const redis = client()
  const leader = contend({ prefix, lifeMs: 300 })
  await leader.becomes(true)
  await redis.del(`${prefix}:leader:test`)
  await expect.poll(() => redis.exists(`${prefix}:leader:test`), inTime).toBe(1)
  expect(leader.changes).toEqual([true])
})

test('never two lead at a time, among five that are cut off, slowed and come back', async () => {
  const [prefix, lifeMs, cuts] = [fresh('lead'), 240, 16]
  const ways = await Promise.all(Array.from({ length: 5 }, () => startProxy(redisUrl())))
  const five = ways.map(way => contend({ prefix, lifeMs, address: way.url }))
  const who = () => five.filter(one => one.leads())

  let [looks, most, watching] = [0, 0, true]
  const watch = async () => {
    while (watching) {
      looks++
      most = Math.max(most, who().length)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const watched = watch()
  const leaders = new Set<Leadership>()
  for (let i = 0; i < cuts; i++) {
    await expect.poll(() => who().length, { interval: 5, ...inTime }).toBe(1)
    const leader = five.findIndex(one => one.leads())
    const [way, one] = [ways[leader], five[leader]]
    if (!way || !one) continue
    leaders.add(one)
    way.delay(i % 2 === 0 ? 0 : lifeMs / 4) // a late answer must not prolong the lock
    await way.nextAnswer()
    way.cut()
    await one.becomes(false)
    way.delay(0)
    way.mend()
  }
  watching = false
  await watched
  console.log(
    `[leadership] ${looks} looks over ${cuts} cuts, ${leaders.size} have led, at most ${most} at a time`,
  )
  expect(most).toBe(1)
  expect(leaders.size).toBeGreaterThan(1)
}, 60_000)
