import { expect, test } from 'vitest'
import type { Sent } from '../support/bolt-recorder.ts'
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

test('with followers, each load goes to one of them with the bookmark of its world, and each write to the leader', async () => {
  const process = await openOnCluster(followers)
  const { cluster, worldId, ids, hearth, commitFlags, forget } = process
  const [leader, ...others] = cluster.members
  const bookmark = await commitFlags('storm')
  await hearth.changed(worldId, flagsChanged, { bookmark })
  forget()
  expect(await hearth.flags(worldId)).toEqual({ weather: 'storm' })
  await hearth.snapshot(worldId)
  await hearth.entity(worldId, { type: 'character', id: 'c0' })
  await hearth.timelines(worldId, ids)
  const loads = others.flatMap(member => about(process, member))
  expect(loads.length).toBeGreaterThanOrEqual(4)
  for (const load of loads) expect(load).toMatchObject({ isRead: true, bookmarks: [bookmark] })
  expect(about(process, leader)).toEqual([])

  await writeAll(process)
  for (const query of queriesOfWrites)
    expect(
      leader.sent.some(({ text }) => text.includes(query)),
      query,
    ).toBe(true)
  const isForLeader = ({ text, isRead }: Sent) => !isRead || text.includes('CacheOutbox')
  for (const { sent } of others) expect(sent.filter(isForLeader)).toEqual([])
  await expectAllWritten(process)
})

test('by default, loads and writes go to the leader', async () => {
  const process = await openOnCluster()
  const { cluster, worldId, ids, hearth } = process
  await hearth.flags(worldId)
  await hearth.timelines(worldId, ids)
  await writeAll(process)
  const [leader, ...others] = cluster.members
  expect(about(process, leader).length).toBeGreaterThan(0)
  for (const { sent } of others) expect(sent).toEqual([])
})

test('a follower that lags: loads after a bookmark wait for it, and nothing older is stored', async () => {
  const { cluster, worldId, hearth, world, commitFlags } = await openOnCluster(followers)
  const past = await plantPast()
  const [, ...others] = cluster.members
  for (const member of others) member.lag({ worldId, past })
  const bookmark = await commitFlags('storm')
  expect(await world.flags(worldId), 'without a bookmark').toEqual({ weather: 'calm' })

  await hearth.changed(worldId, flagsChanged, { bookmark })
  const { key } = hearth.cache.keys.entryOf(worldId, { kind: 'flags' })
  const reading = hearth.flags(worldId)
  const asked = () => others.some(({ sent }) => sent.some(({ bookmarks }) => bookmarks.includes(bookmark)))
  await expect.poll(asked, inTime).toBe(true)
  expect(await hearth.cache.redis.get(key)).toBe(null)
  for (const member of others) member.catchUp()
  expect(await reading).toEqual({ weather: 'storm' })
  expect(await hearth.flags(worldId)).toEqual({ weather: 'storm' })
})
