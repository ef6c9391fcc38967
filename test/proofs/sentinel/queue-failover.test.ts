import { setTimeout as pause } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { openAppendingGame } from '../../support/appending-game.ts'
import { hosts, startSentinels } from '../../support/many-redis.ts'

const inTime = { timeout: 60_000, interval: 20 }

test('Sentinel promotes the replica under load, and the old primary takes writes until later: no accepted event is lost', async () => {
  const { primary, replica, sentinels } = await startSentinels(1)
  const { untilAcknowledged, expectNothingLost } = await openAppendingGame(
    `redis+sentinel://${hosts(sentinels)}/worlds/0`,
  )
  await untilAcknowledged(2_500)
  await sentinels[0]?.admin.call('SENTINEL', 'FAILOVER', 'worlds')
  await vi.waitFor(
    async () => expect(await replica.admin.info('replication')).toContain('role:master'),
    inTime,
  )
  await pause(1_500)
  await primary.admin.replicaof('127.0.0.1', replica.port) // as Sentinel does some seconds later
  await expectNothingLost()
})
