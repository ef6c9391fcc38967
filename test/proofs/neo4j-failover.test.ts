import { expect, test } from 'vitest'
import {
  about,
  expectAllWritten,
  flagsChanged,
  followers,
  openOnCluster,
  plantPast,
  queriesOfWrites,
  writeAll,
} from '../support/on-cluster.ts'
import { inTime } from '../support/relay-setup.ts'

test('followers die that the routing table still names: loads go on with another one, then with the leader', async () => {
  const { cluster, worldId, ids, hearth, world } = await openOnCluster(followers)
  const [leader, second, third] = cluster.members
  await Promise.all(ids.map(id => world.timelines(worldId, [id], 1))) // both are connected to
  const eventsOf = async (id: string) => (await world.timelines(worldId, [id], 1))[0]?.length
  const loaded = () => Promise.all(ids.map(eventsOf))

  await second.kill()
  expect(await loaded()).toEqual(ids.map(() => 1))
  await third.kill()
  for (let i = 0; i < 3; i++) expect(await loaded()).toEqual(ids.map(() => 1))
  expect(leader.sent.length).toBeGreaterThan(0)
  await world.ping?.()
  await hearth.setFlags(worldId, { weather: 'hail' })
  expect(world.isAway?.()).toBe(false)
})

test.each(['lags', 'hangs'])('a follower that %s for too long: the leader is asked', async trouble => {
  const { cluster, worldId, hearth, world, commitFlags } = await openOnCluster({
    ...followers,
    bookmarkTimeoutMs: 300,
  })
  const [leader, ...others] = cluster.members
  const past = await plantPast()
  for (const member of others) trouble === 'lags' ? member.lag({ worldId, past }) : member.hang()
  const bookmark = await commitFlags('storm')
  await hearth.changed(worldId, flagsChanged, { bookmark })
  expect(await hearth.flags(worldId)).toEqual({ weather: 'storm' })
  expect(leader.sent.some(({ bookmarks }) => bookmarks.includes(bookmark))).toBe(true)
  expect(world.isAway?.()).toBe(false)
  for (const member of others) member.catchUp()
})

test('another member leads, and the old one refuses writes: they go on', async () => {
  const process = await openOnCluster()
  const { cluster, worldId, hearth, world } = process
  const [old, second, third] = cluster.members
  await hearth.setFlags(worldId, { weather: 'storm' })
  await hearth.snapshot(worldId)
  await world.outbox.backlog()
  cluster.leader = second
  cluster.readers = [old, third]
  process.forget()
  await writeAll(process)
  const sent = (query: string) => second.sent.some(({ text }) => text.includes(query))
  for (const query of queriesOfWrites) expect(sent(query), query).toBe(true)
  expect(about(process, old).some(({ text }) => text.includes('SET '))).toBe(true)
  await expectAllWritten(process)

  process.forget()
  await world.outbox.backlog()
  expect(second.sent, 'a refused write showed who leads').not.toEqual([])
})

test.each(['SET w += $given.fields', 'CREATE (e:TimelineEvent'])(
  'the leader dies when it has committed %s: nothing is lost or written twice',
  async query => {
    const process = await openOnCluster(followers)
    const { cluster, worldId, hearth } = process
    const [old, second, third] = cluster.members
    await hearth.snapshot(worldId)
    await hearth.timeline(worldId, 'c1')
    const died = old.dieAtCommit(query)
    const written = writeAll(process)
    await Promise.race([died, written])
    const before = cluster.tablesGiven
    cluster.leader = undefined
    cluster.readers = [second, third]
    await expect.poll(() => cluster.tablesGiven, inTime).toBeGreaterThan(before)
    cluster.leader = second
    cluster.readers = [third]
    await written
    await expectAllWritten(process)
  },
)
