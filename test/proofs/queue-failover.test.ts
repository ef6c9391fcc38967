import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eventOf } from '../support/append-world.ts'
import { openAppendingGame } from '../support/appending-game.ts'
import { type Pair, startPair } from '../support/failover.ts'
import { startProxy } from '../support/relay-proxy.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, openHearth } from '../support/setup.ts'

/** How far the replica is behind its primary. Milliseconds. */
const lagMs = 20
const inTime = { timeout: 60_000, interval: 50 }

const faults: Record<string, (pair: Pair) => Promise<void>> = {
  'the primary is killed some moments after it lost its replica': async ({
    link,
    process,
    primary,
    repoint,
  }) => {
    link.cut()
    await pause(400)
    await process.kill('SIGKILL')
    await primary.replicaof('NO', 'ONE')
    repoint()
  },
  'the replica is promoted, and the old primary takes writes for a while': async ({
    primary,
    proxy,
    repoint,
  }) => {
    await primary.replicaof('NO', 'ONE')
    await pause(2_000)
    repoint()
    proxy.mend()
  },
}

test.each(Object.entries(faults))(
  '%s under load, with a lagging replica: no accepted event is lost',
  async (_, fail) => {
    const pair = await startPair()
    pair.link.delay(lagMs)
    const { untilAcknowledged, expectNothingLost } = await openAppendingGame(pair.proxy.url)
    await untilAcknowledged(2_500)
    await fail(pair)
    await expectNothingLost()
  },
)

test('a connection of the queues whose other end has vanished without a word is replaced', async () => {
  const proxy = await startProxy(redisUrl())
  const { hearth } = openHearth({ cache: redisUrl(), queue: proxy.url })
  const worldId = fresh()
  await hearth.warm(worldId)
  await hearth.appendEvents(worldId, [eventOf(0)])
  proxy.silence()
  const warm = () => hearth.warm(worldId).then(() => 'taken', String)
  const append = () => hearth.appendEvents(worldId, [eventOf(1)]).then(() => 'accepted', String)
  await Promise.all([expect.poll(warm, inTime).toBe('taken'), expect.poll(append, inTime).toBe('accepted')])
})
