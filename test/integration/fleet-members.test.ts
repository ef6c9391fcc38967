import { expect, onTestFinished, test } from 'vitest'
import { processReport } from '../../cli/processes.ts'
import { createFleetMembers } from '../../queues/fleet-members.ts'
import { readFleet } from '../../queues/read-fleet.ts'
import { forkSupport, nextMessage } from '../support/child.ts'
import { ask, openPages } from '../support/http.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth, openStoreAt } from '../support/setup.ts'

const place = () => ({ address: redisUrl(), prefix: fresh('q') })

/** Takes its turns so that the death of another is soon noticed. */
function watchFleet(at: ReturnType<typeof place>) {
  const watching = createFleetMembers({
    ...at,
    everyMs: 200,
    me: { name: 'scheduler', fingerprint: { topK: '50' } },
    onOthers: () => {},
  })
  onTestFinished(() => watching.close())
  return watching
}

test('each process says how it is: version, cache, near cache, event loop and memory', async () => {
  const { api, place } = await openPages()
  openHearth({ processName: 'game', queuePrefix: place.prefix, near: false })
  const listed = async () => (await ask(`${api}/processes`)).json.processes
  const status = {
    at: expect.any(Number),
    cache: 'trusted',
    near: null,
    loopDelayMs: expect.any(Number),
    rssBytes: expect.any(Number),
    heapBytes: expect.any(Number),
  }
  await expect.poll(listed).toMatchObject([
    { name: 'backend', status: { near: { state: expect.any(String), bytes: 0, entries: 0 } } },
    { name: 'game', version: expect.stringMatching(/^\d+\.\d+\.\d+/), lostAt: null, status },
  ])
  const [backend, game] = await listed()
  expect(game.config).toBe(backend.config)
  expect(game.status.rssBytes).toBeGreaterThan(game.status.heapBytes)
  expect(game.status.loopDelayMs, 'without the pause of the timer itself').toBeLessThan(10_000)
  expect(processReport([backend, game])).toContain(game.version)
})

test('a process that is killed is shown as lost, since about when it was; one that closes is not', async () => {
  const at = place()
  watchFleet(at)
  const child = forkSupport('member-child.ts', [JSON.stringify(at)])
  await nextMessage(child)
  const fleet = () => readFleet(at)
  await expect
    .poll(async () => (await fleet()).members.map(({ name }) => name))
    .toEqual(['scheduler', 'worker'])
  const killedAt = Date.now()
  child.kill('SIGKILL')
  await expect.poll(async () => (await fleet()).lost).toMatchObject([{ name: 'worker', version: '1.2.3' }])
  const { members, lost } = await fleet()
  expect(members.map(({ name }) => name)).toEqual(['scheduler'])
  expect(lost[0]?.lostAt).toBeGreaterThan(killedAt)
  expect((await readFleet(at, Date.now() + 3_600_000)).lost, 'not for ever').toEqual([])

  const polite = watchFleet(at)
  await expect.poll(async () => (await fleet()).members).toHaveLength(2)
  await polite.close()
  expect((await fleet()).lost).toHaveLength(1)
})

test('a process that was taken for dead and comes back is there, and not lost', async () => {
  const at = place()
  const { redis } = openStoreAt(at)
  const frozen = { id: 'frozen', name: 'worker', by: 'h:1', fingerprint: { topK: '50' } }
  await redis.lpush(`${at.prefix}:processes:lost`, JSON.stringify({ ...frozen, lostAt: Date.now() }))
  expect((await readFleet(at)).lost).toHaveLength(1)
  await redis.set(`${at.prefix}:process:frozen`, JSON.stringify(frozen))
  await redis.sadd(`${at.prefix}:processes`, 'frozen')
  expect(await readFleet(at)).toMatchObject({ members: [{ name: 'worker' }], lost: [] })
})

test('of a process of an older version, or of one that says it differently, it is not known how it is', async () => {
  const { api, place, store } = await openPages({ hearth: { processName: false } })
  const old = { id: 'old', name: 'worker', by: 'host-a:17', fingerprint: { topK: '50' } }
  const newer = {
    ...old,
    id: 'newer',
    by: 'host-b:18',
    since: 5,
    version: '9.0.0',
    status: { cache: { is: 'otherwise' } },
  }
  for (const one of [old, newer]) {
    await store.redis.set(`${place.prefix}:process:${one.id}`, JSON.stringify(one))
    await store.redis.sadd(`${place.prefix}:processes`, one.id)
  }
  const { json } = await ask(`${api}/processes`)
  expect(json.processes).toMatchObject([
    { by: 'host-a:17', since: null, version: null, status: null, differences: [] },
    { by: 'host-b:18', since: 5, version: '9.0.0', status: null, differences: [] },
  ])
  expect(processReport(json.processes)).toContain('not known')
})
