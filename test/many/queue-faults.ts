import { setTimeout as pause } from 'node:timers/promises'
import { untilFollowed } from '../support/many-redis.ts'
import { rolesOf, untilSucceeded } from './sentinel-faults.ts'
import type { SentinelShape } from './shapes.ts'

/** Something that happens to the queues' Redis. Afterwards the servers are as before. */
export interface QueueFault {
  name: string
  short?: boolean
  run(shape: SentinelShape): Promise<void>
}

const killed: QueueFault = {
  name: 'queue: kill -9: the primary',
  short: true,
  async run(shape) {
    const roles = await rolesOf(shape)
    await roles.primary.process.kill('SIGKILL')
    await untilSucceeded(shape, roles)
    await roles.primary.process.restart()
    await untilFollowed(shape.nodes)
  },
}

const frozen = (seconds: number): QueueFault => ({
  name: `queue: SIGSTOP for ${seconds} s: the primary`,
  async run(shape) {
    const roles = await rolesOf(shape)
    await roles.primary.process.kill('SIGSTOP')
    const over = pause(seconds * 1_000)
    await untilSucceeded(shape, roles)
    await over
    await roles.primary.process.kill('SIGCONT')
    await untilFollowed(shape.nodes)
  },
})

/** The old primary takes writes until the Sentinels have it follow, some seconds later. */
const graceful: QueueFault = {
  name: 'queue: SENTINEL FAILOVER',
  async run(shape) {
    const roles = await rolesOf(shape)
    await shape.sentinels[0]?.admin.call('SENTINEL', 'FAILOVER', 'worlds')
    await untilSucceeded(shape, roles)
    await untilFollowed(shape.nodes)
  },
}

/** How far the replicas are behind. Milliseconds. */
const lagMs = 30

/** First: later the replicas have other links. */
const laggingAndCut: QueueFault = {
  name: `queue: replicas ${lagMs} ms behind, their links cut, then kill -9: the primary`,
  async run(shape) {
    for (const link of shape.links) link.delay(lagMs)
    await pause(2_000)
    for (const link of shape.links) link.cut()
    await pause(1_000)
    await killed.run(shape)
  },
}

export const queueFaults: readonly QueueFault[] = [laggingAndCut, killed, frozen(5), frozen(25), graceful]
