import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { auditWorldJob } from '../../jobs/audit/payload.ts'
import { auditActiveWorlds } from '../../jobs/audit/schedule.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { refreshPopular, worldsAtOnce } from '../../jobs/refresh/schedule.ts'
import { kinds } from '../support/kinds.ts'
import { openHearth, openStoreAt, plantWorld, queueOf } from '../support/setup.ts'

/** Rounds take all worlds of a Redis, so each test has one of its own. The worlds are named for their places. */
async function openWorlds(count: number) {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const opened = openHearth({ redis: server.url, lives: { jitter: 0 } })
  const { cache, producer } = opened.hearth
  const ids = Array.from({ length: count }, (_, i) => `w${String(i).padStart(3, '0')}`)
  const now = Date.now()
  for (const [i, worldId] of ids.entries()) await cache.activeWorlds.touch(worldId, now - i)
  /** What another process of the fleet would work with: nothing but the queues' Redis is common to two rounds. */
  const deps = () => ({ cache, producer, store: openStoreAt(opened.place) })
  const signal = new AbortController().signal
  /** `hasTime`: for all worlds, or for the one batch that each round takes. */
  const refresh = (hasTime: boolean) =>
    refreshPopular(
      { ...deps(), policy: { idleMs: 600_000, top: 10, halfLifeMs: 600_000 } },
      { nextAt: new Date(Date.now() + (hasTime ? 100_000 : 0)), signal },
    )
  const audit = (budget: number, { all = false, signal: given = signal } = {}) =>
    auditActiveWorlds(
      { ...deps(), policy: { idleMs: 600_000, sample: 7, repair: false, budget } },
      { all, nextAt: new Date(), signal: given },
    )
  return { ...opened, cache, ids, refresh, audit }
}

/** Takes all jobs out of a queue, as if they were done; answers their worlds. */
async function takeJobs(hearth: Parameters<typeof queueOf>[0], name: string) {
  const jobs = await queueOf(hearth, name).getJobs()
  await Promise.all(jobs.map(job => job.remove()))
  return jobs.map(({ data: { worldId, sample } }): { worldId: string; sample: number | null } => ({
    worldId,
    sample,
  }))
}

const worldsOf = (jobs: readonly { worldId: string }[]) => jobs.map(({ worldId }) => worldId).sort()

test('a refresh round that runs out of time leaves the other worlds to the next one, in another process', async () => {
  const { hearth, cache, ids, refresh } = await openWorlds(worldsAtOnce * 2 + 3)
  for (const worldId of ids) await cache.popularity.add(worldId, new Map([['c0', 50]]))
  const seen: string[] = []
  for (const count of [worldsAtOnce, worldsAtOnce, 3]) {
    // The last batch has 3 worlds that no round has seen yet; the others come again.
    expect(await refresh(false)).toMatchObject({ worlds: worldsAtOnce, left: ids.length - worldsAtOnce })
    const news = worldsOf(await takeJobs(hearth, 'refresh')).filter(worldId => !seen.includes(worldId))
    expect(news, 'the last active first').toEqual(ids.slice(seen.length, seen.length + count))
    seen.push(...news)
  }
  expect(await refresh(true)).toMatchObject({ worlds: ids.length, left: 0 })
})

test('a refresh round begins with the worlds of which an entry is the first to end', async () => {
  const { hearth, world, cache, ids, refresh } = await openWorlds(worldsAtOnce + 1)
  const ends = new Map(ids.map((worldId, i) => [worldId, i]))
  for (const worldId of ids) {
    await plantWorld(world, worldId)
    await hearth.timelines(worldId, ['c0', 'c1'])
    await cache.popularity.add(
      worldId,
      new Map([
        ['c0', 50],
        ['c1', 40],
      ]),
    )
    // The later a world was active, the later its first entry ends.
    const { key } = cache.keys.entry(kinds.timeline, worldId, 'c1')
    await cache.redis.pexpire(key, 500_000 - (ends.get(worldId) ?? 0) * 10_000)
  }
  expect(await refresh(true)).toEqual({ worlds: ids.length, left: 0, looked: 2 * ids.length, due: 0 })
  for (const worldId of ids) {
    await cache.redis.unlink(cache.keys.entry(kinds.timeline, worldId, 'c0').key)
  }
  expect(await refresh(false)).toMatchObject({ worlds: worldsAtOnce, left: 1, due: worldsAtOnce })
  expect(worldsOf(await takeJobs(hearth, 'refresh')), 'all but the one that ends last').toEqual(ids.slice(1))
})

test('a world that is no longer active is not kept in the order of refresh rounds', async () => {
  const { hearth, cache, ids, refresh, place } = await openWorlds(2)
  const { redis, prefix } = openStoreAt(place)
  const order = `${prefix}:worlds:first-ends`
  await redis.zadd(order, Date.now() - 700_000, 'long-gone')
  await redis.zadd(order, Date.now() + 5_000, 'gone')
  await hearth.deactivated('w001')
  await cache.popularity.add('w000', new Map([['c0', 50]]))
  expect(await refresh(true)).toMatchObject({ worlds: 1, due: 1 })
  expect((await redis.zrange(order, '0', '-1')).sort()).toEqual(['gone', ids[0]])
})

test('rounds add no more audits than the budget has room for, the world audited longest ago first', async () => {
  const { hearth, ids, audit } = await openWorlds(5)
  const audits = async () => worldsOf(await takeJobs(hearth, 'audit'))
  expect(await audit(2)).toEqual({ worlds: 2, left: 3 })
  expect(await audit(2), 'they wait, so the budget is spent').toEqual({ worlds: 0, left: 5 })
  expect(await audit(3)).toEqual({ worlds: 1, left: 4 })
  expect(await audits()).toEqual(ids.slice(0, 3))
  expect(await audit(3)).toEqual({ worlds: 3, left: 2 })
  expect(await audits(), 'the two that are left, then the first again').toEqual(['w000', 'w003', 'w004'])
})

test('jobs of other origins count in the budget of audits, those too that wait for their time', async () => {
  const { hearth, audit } = await openWorlds(4)
  await hearth.audit('w000')
  await hearth.producer.add(auditWorldJob, { worldId: 'w001', sample: 1, repair: false }, { delay: 60_000 })
  expect(await audit(3)).toEqual({ worlds: 1, left: 3 })
})

test('what an audit of everything leaves is carried on by the rounds of samples, half of their room, until all are done', async () => {
  const { hearth, ids, audit } = await openWorlds(5)
  const next = async (round: () => Promise<unknown>) => {
    await round()
    const jobs = await takeJobs(hearth, 'audit')
    return {
      all: worldsOf(jobs.filter(({ sample }) => sample === null)),
      samples: worldsOf(jobs.filter(({ sample }) => sample !== null)),
    }
  }
  const [w0, w1, w2, w3, w4] = ids
  expect(await next(() => audit(2, { all: true }))).toEqual({ all: [w0, w1], samples: [] })
  expect(await next(() => audit(2))).toEqual({ all: [w2], samples: [w0] })
  expect(await next(() => audit(3))).toEqual({ all: [w3, w4], samples: [w1] })
  expect(await next(() => audit(2)), 'all are done').toEqual({ all: [], samples: [w2, w3] })
  expect(await next(() => audit(9, { all: true }))).toEqual({ all: ids, samples: [] })
})

test('two rounds at a time do not spend the budget twice', async () => {
  const { hearth, audit } = await openWorlds(8)
  const rounds = await Promise.all([audit(3), audit(3, { all: true }), audit(3)])
  expect(rounds.reduce((sum, { worlds }) => sum + worlds, 0)).toBe(3)
  expect(await queueOf(hearth, 'audit').getJobs()).toHaveLength(3)
})

test('an aborted round of audits adds none, and keeps none back', async () => {
  const { hearth, ids, audit } = await openWorlds(3)
  expect(await audit(2, { signal: AbortSignal.abort() })).toEqual({ worlds: 0, left: 3 })
  expect(await audit(2)).toEqual({ worlds: 2, left: 1 })
  expect(worldsOf(await takeJobs(hearth, 'audit')), 'none counts as audited').toEqual(ids.slice(0, 2))
})

test('audits that are done make room', async () => {
  const { hearth, place, audit } = await openWorlds(3)
  expect(await audit(2)).toEqual({ worlds: 2, left: 1 })
  await new Promise<void>((resolve, reject) => {
    let done = 0
    const onFinished = () => void (++done === 2 && resolve())
    const pool = startPool({ ...place, deps: hearth.jobDeps(), onFinished })
    onTestFinished(async () => (await pool).close(1_000))
    pool.catch(reject)
  })
  expect(await audit(2)).toEqual({ worlds: 2, left: 1 })
})
