import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Node, untilFollowed } from '../support/many-redis.ts'
import type { Fault } from './session.ts'
import type { SentinelShape } from './shapes.ts'

type SentinelFault = Fault<SentinelShape>
type Servers = Pick<SentinelShape, 'nodes' | 'sentinels'>

/** The primary that the Sentinels agree on, if it is one. */
export async function primaryOf({ nodes, sentinels }: Servers): Promise<Node | undefined> {
  const named = async ({ admin }: Node) =>
    ((await admin.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'worlds')) as string[])[1]
  const ports = new Set(await Promise.all(sentinels.map(named)))
  return nodes.find(({ port }) => ports.size === 1 && ports.has(String(port)))
}

export interface Roles {
  primary: Node
  replicas: Node[]
}

/** Before a failover. From now on the Sentinels mend links within seconds, and another failover may follow soon. */
export async function rolesOf(servers: Servers): Promise<Roles> {
  for (const { admin } of servers.sentinels)
    await admin.call('SENTINEL', 'SET', 'worlds', 'failover-timeout', 5_000)
  const primary = await primaryOf(servers)
  if (!primary) throw new Error('the Sentinels do not agree')
  return { primary, replicas: servers.nodes.filter(node => node !== primary) }
}

/** The Sentinels agree on another primary, which is followed by the rest of the replicas. */
export async function untilSucceeded(servers: Servers, { primary, replicas }: Roles): Promise<void> {
  const isNew = async () => {
    const next = await primaryOf(servers)
    return next !== undefined && next !== primary && (await next.admin.role())[0] === 'master'
  }
  await expect.poll(isNew, { timeout: 90_000, interval: 50 }).toBe(true)
  await untilFollowed(replicas)
}

/** It comes back as a primary, and the Sentinels have it follow the new one. */
export const killed: SentinelFault = {
  name: 'kill -9: the primary',
  async run(shape, { well, broken, untilTrusted }) {
    const roles = await rolesOf(shape)
    await roles.primary.process.kill('SIGKILL')
    await untilSucceeded(shape, roles)
    well()
    await untilTrusted()
    broken()
    await roles.primary.process.restart()
    await untilFollowed(shape.nodes)
    well()
  },
}

const frozen = (seconds: number): SentinelFault => ({
  name: `SIGSTOP for ${seconds} s: the primary`,
  async run(shape, { well, broken }) {
    const roles = await rolesOf(shape)
    await roles.primary.process.kill('SIGSTOP')
    const over = pause(seconds * 1_000)
    await untilSucceeded(shape, roles)
    well()
    await over
    broken()
    await roles.primary.process.kill('SIGCONT')
    await untilFollowed(shape.nodes)
    well()
  },
})

/** The old primary takes writes until the Sentinels have it follow, some seconds later. */
const graceful: SentinelFault = {
  name: 'SENTINEL FAILOVER',
  short: true,
  async run(shape, { well }) {
    const roles = await rolesOf(shape)
    await shape.sentinels[0]?.admin.call('SENTINEL', 'FAILOVER', 'worlds')
    await untilSucceeded(shape, roles)
    await untilFollowed(shape.nodes)
    well()
  },
}

/** First: later the replicas have other links. */
const cutThenKilled: SentinelFault = {
  name: 'links of the replicas cut, then kill -9: the primary',
  short: true,
  async run(shape, { well, untilTrusted }) {
    const roles = await rolesOf(shape)
    for (const link of shape.links) link.cut()
    await pause(2_000)
    await roles.primary.process.kill('SIGKILL')
    await untilSucceeded(shape, roles)
    well()
    await untilTrusted()
    await roles.primary.process.restart()
    await untilFollowed(shape.nodes)
  },
}

export const sentinelFaults: readonly SentinelFault[] = [
  cutThenKilled,
  killed,
  frozen(5),
  frozen(25),
  graceful,
]
