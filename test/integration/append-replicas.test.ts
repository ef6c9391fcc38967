import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { eventOf, plantEntities } from '../support/append-world.ts'
import { startPair } from '../support/failover.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth } from '../support/setup.ts'

const notKnown = {
  code: 'QueueUnavailable',
  message: expect.stringMatching(/0 of 1 replicas had them.*it is not known whether they are accepted/),
}

/** A game whose queues are on a pair. */
async function openGame(options: { queueReplicas?: number } = {}) {
  const pair = await startPair()
  const { hearth, world, place } = openHearth({ cache: redisUrl(), queue: pair.proxy.url, ...options })
  const worldId = fresh()
  await plantEntities(world, worldId)
  const append = (...indexes: number[]) => hearth.appendEvents(worldId, indexes.map(eventOf))
  const order = `${place.prefix}:lw:world:${worldId}:pending:order`
  return {
    pair,
    append,
    /** Event ids, on the replica or the promoted primary. */
    pendingOn: async () => (await pair.primary.zrange(order, '0', '-1')).toSorted(),
  }
}

test('while the replica gets nothing, appends are not known to be accepted; repeated later, each event is there once', async () => {
  const { pair, append, pendingOn } = await openGame()
  expect(await append(0)).toMatchObject({ accepted: 1, outcome: 'visible' })
  expect(await pendingOn()).toEqual(['e0'])
  pair.link.cut()
  await expect(append(1)).rejects.toMatchObject(notKnown)
  await expect(append(1), 'what is pending already has to be replicated, too').rejects.toMatchObject(notKnown)
  pair.link.mend()
  await expect.poll(() => append(1).catch(String)).toMatchObject({ accepted: 0 })
  expect(await pendingOn()).toEqual(['e0', 'e1'])
})

test('the first append of a process already waits for the replica, and counts its events as new', async () => {
  const { pair, append, pendingOn } = await openGame()
  pair.link.delay(100)
  expect(await append(0, 1)).toMatchObject({ accepted: 2 })
  expect(await pendingOn()).toEqual(['e0', 'e1'])
})

test('a primary whose replica was promoted accepts nothing more; the promoted one accepts at once', async () => {
  const { pair, append, pendingOn } = await openGame()
  await append(0)
  await pair.primary.replicaof('NO', 'ONE') // the old one has no replica now, and is not demoted yet
  await expect(append(1)).rejects.toMatchObject(notKnown)
  pair.repoint()
  pair.proxy.mend()
  expect(await append(2)).toMatchObject({ accepted: 1 })
  expect(await append(1)).toMatchObject({ accepted: 1 })
  expect(await pendingOn()).toEqual(['e0', 'e1', 'e2'])
})

test('an append whose connection is lost while it waits is sent to the next server, whole', async () => {
  const { pair, append, pendingOn } = await openGame()
  await append(0)
  const next = await startRedis({ isolated: true })
  onTestFinished(next.stop)
  pair.link.cut()
  const answered = pair.proxy.nextAnswer()
  const appending = append(1)
  await answered // of the script; the answer of WAIT is to come
  pair.proxy.turnTo(next.url)
  pair.proxy.mend()
  expect(await appending).toMatchObject({ accepted: 1 })
  expect(await pendingOn()).toEqual(['e0'])
})

test('with a number of replicas set to 0 no append waits; with more than there are none is accepted', async () => {
  const careless = await openGame({ queueReplicas: 0 })
  careless.pair.link.cut()
  expect(await careless.append(0)).toMatchObject({ accepted: 1 })
  const { hearth, world } = openHearth({ queueReplicas: 1 })
  const worldId = fresh()
  await plantEntities(world, worldId)
  await expect(hearth.appendEvents(worldId, [eventOf(0)])).rejects.toMatchObject(notKnown)
})
