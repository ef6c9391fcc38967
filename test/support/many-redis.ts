import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, onTestFinished } from 'vitest'
import { slotOf } from '../../cache/slots.ts'
import { onPath } from '../../cli/servers/on-path.ts'
import { isThisRedis, startRedisChild } from '../../cli/servers/redis-child.ts'
import { freePort, type StartedChild, startChild } from '../../cli/servers/start-child.ts'
import { startProxy, type Proxy as Way } from './relay-proxy.ts'

/** A server and a connection to it; both end with the test. */
export interface Node extends StartedChild {
  admin: Redis
}

const inTime = { timeout: 30_000, interval: 20 }
const command = (): string => {
  const found = onPath('redis-server', process.env)
  if (!found) throw new Error('redis-server is not installed')
  return found
}

async function startNode(more: readonly string[] = []): Promise<Node> {
  const started = await startRedisChild(
    command(),
    {
      purpose: 'cache',
      maxMemory: '0',
      more: ['--maxmemory-policy', 'noeviction', '--repl-diskless-sync-delay', '0', ...more],
    },
    process.env,
  )
  return watched(started)
}

function watched(started: StartedChild): Node {
  const admin = new Redis({ host: '127.0.0.1', port: started.port, retryStrategy: () => 100 })
  admin.on('error', () => {}) // tests kill it
  onTestFinished(async () => {
    admin.disconnect()
    await started.process.kill('SIGKILL') // a stopped one hears nothing else
    await started.stop()
  })
  return { ...started, admin }
}

const follows = (node: Node) =>
  expect
    .poll(async () => /master_link_status:up/.test(await node.admin.info('replication')), inTime)
    .toBe(true)

const nodesKnown = async (admin: Redis): Promise<number> =>
  ((await admin.cluster('NODES')) as string).trim().split('\n').length

const slots = 16_384

/** A node of a cluster. Another program may take its second port before it does: then it starts again with another. */
async function startClusterNode(more: readonly string[] = [], attemptsLeft = 3): Promise<Node> {
  const busPort = String(await freePort()) // the standard one may be no port: 10,000 above the other
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '3000', '--cluster-port', busPort]
  return startNode([...options, ...more]).catch(error => {
    if (attemptsLeft === 0 || !/Address already in use/.test(String(error))) throw error
    return startClusterNode(more, attemptsLeft - 1)
  })
}

/** The node knows a cluster in which every slot has a node that answers. */
const isWhole = async ({ admin }: Node): Promise<void> => {
  const info = async () => (await admin.cluster('INFO')) as string
  const isOk = async () =>
    ((text: string) => /cluster_state:ok/.test(text) && text.includes(`slots_ok:${slots}`))(await info())
  await expect.poll(isOk, inTime).toBe(true)
}

export const untilWhole = async (asked: readonly Node[]): Promise<void> =>
  void (await Promise.all(asked.map(isWhole)))

/** One of these is a primary, and the others follow it. */
export const untilFollowed = (nodes: readonly Node[]): Promise<void> =>
  expect
    .poll(async () => {
      const infos = await Promise.all(nodes.map(({ admin }) => admin.info('replication')))
      const following = infos.filter(text => /role:slave/.test(text) && /master_link_status:up/.test(text))
      return infos.length - following.length === 1 && infos.some(text => /role:master/.test(text))
    }, inTime)
    .toBe(true)

export const untilPromoted = (node: Node): Promise<void> =>
  expect.poll(async () => (await node.admin.role())[0], inTime).toBe('master')

/** The number of the primary that holds a slot in `startCluster`: the second begins at 5461, the third at 10922. */
export const shardOf = (slot: number): number => Math.floor(((slot + 1) * 3 - 1) / slots)

/** A Redis Cluster of three primaries and a replica for each, in this order. `options`: more of each node's. */
export async function startCluster(
  options: readonly string[] = [],
): Promise<{ nodes: Node[]; whole(asked: Node): Promise<void> }> {
  const nodes = await Promise.all(Array.from({ length: 6 }, () => startClusterNode(options)))
  const primaries = nodes.slice(0, 3)
  await Promise.all(
    primaries.map(async ({ admin }, i) => {
      const [from, to] = [Math.floor((slots * i) / 3), Math.floor((slots * (i + 1)) / 3) - 1]
      await admin.call('CLUSTER', 'ADDSLOTSRANGE', from, to)
      await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
    }),
  )
  await introduce(nodes.slice(0, 1), nodes.slice(1))
  await Promise.all(nodes.slice(3).map((replica, i) => follow(replica, primaries[i] as Node)))
  await Promise.all(nodes.map(isWhole))
  return { nodes, whole: isWhole }
}

/** Nodes that have not met a cluster's yet get to know them, and they them. */
async function introduce([first, ...others]: readonly Node[], strangers: readonly Node[]): Promise<void> {
  if (!first) throw new Error('a cluster has nodes')
  for (const { admin, port } of strangers) {
    const busPort = Number(((await admin.config('GET', 'cluster-port')) as string[])[1])
    await first.admin.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort)
  }
  const all = [first, ...others, ...strangers]
  for (const { admin } of all) await expect.poll(() => nodesKnown(admin), inTime).toBe(all.length)
}

/** Has a node that the cluster knows follow a primary. */
async function follow(replica: Node, primary: Node): Promise<void> {
  const id = (await primary.admin.cluster('MYID')) as string
  await expect.poll(() => replica.admin.call('CLUSTER', 'REPLICATE', id).catch(String), inTime).toBe('OK')
  await follows(replica)
}

/** Another primary of a cluster, which holds no slot yet, and its replica. */
export async function addPrimary(
  nodes: readonly Node[],
  options: readonly string[] = [],
): Promise<{ primary: Node; replica: Node }> {
  // With migration, both become replicas of others when the primary has lost its last slot.
  const settled = ['--cluster-allow-replica-migration', 'no', ...options]
  const added = await Promise.all([startClusterNode(settled), startClusterNode(settled)])
  await introduce(nodes, added)
  const [primary, replica] = added
  await follow(replica, primary)
  await untilWhole(added)
  return { primary, replica }
}

/**
 * Moves a slot, or that of this key, with all its keys, as `redis-cli --cluster reshard` does. With `onlyOne` it stops when
 * one key has moved, with `half` when half of them have, and returns what does the rest.
 */
export async function moveSlot(
  key: string | number,
  from: Node,
  to: Node,
  { onlyOne = false, half = false } = {},
): Promise<() => Promise<void>> {
  const slot = typeof key === 'number' ? key : slotOf(key)
  const [source, target] = (await Promise.all([from, to].map(({ admin }) => admin.cluster('MYID')))) as [
    string,
    string,
  ]
  const migrate = (keys: readonly string[]) =>
    from.admin.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys)
  async function moveAll(): Promise<void> {
    for (;;) {
      const keys = (await from.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[]
      if (keys.length === 0) break
      await migrate(keys)
    }
    for (const { admin } of [to, from]) await admin.call('CLUSTER', 'SETSLOT', slot, 'NODE', target)
  }
  await to.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source)
  await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target)
  if (onlyOne) await migrate([String(key)])
  else if (half) {
    const keys = (await from.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[]
    await migrate(keys.slice(0, Math.ceil(keys.length / 2)))
  } else await moveAll()
  return onlyOne || half ? moveAll : async () => {}
}

/**
 * A primary, replicas that follow it, each over a link of its own, and Sentinels that call the primary `worlds`. For a
 * minute they leave the links as they are.
 */
export async function startSentinels(
  count: number,
  { replicas: replicaCount = 1 } = {},
): Promise<{
  primary: Node
  replica: Node
  replicas: Node[]
  links: Way[]
  sentinels: Node[]
}> {
  const [primary, ...replicas] = await Promise.all(
    Array.from({ length: 1 + replicaCount }, () => startNode()),
  )
  const [replica] = replicas
  if (!primary || !replica) throw new Error('a primary without replicas has no failover')
  const links = await Promise.all(replicas.map(() => startProxy(`redis://127.0.0.1:${primary.port}`)))
  await Promise.all(
    replicas.map(async (node, i) => {
      await node.admin.replicaof('127.0.0.1', Number(new URL((links[i] as Way).url).port))
      await follows(node)
    }),
  )
  const conf = [
    `sentinel monitor worlds 127.0.0.1 ${primary.port} ${Math.floor(count / 2) + 1}`,
    'sentinel down-after-milliseconds worlds 1000',
    'sentinel failover-timeout worlds 60000',
  ].join('\n')
  const sentinels = await Promise.all(
    Array.from({ length: count }, async () =>
      watched(
        await startChild({
          name: 'Sentinel',
          command: command(),
          args: ({ folder, port }) => [
            join(folder, 'own.conf'),
            '--sentinel',
            '--port',
            String(port),
            '--bind',
            '127.0.0.1',
          ],
          prepare: ({ folder }) => writeFile(join(folder, 'own.conf'), `${conf}\n`),
          env: { ...process.env, LC_ALL: 'C' },
          answers: isThisRedis,
          readyMs: 20_000,
          stopMs: 5_000,
        }),
      ),
    ),
  )
  for (const { admin } of sentinels) {
    const known = async () =>
      new RegExp(`slaves=${replicaCount}`).test(await admin.info('sentinel')) &&
      new RegExp(`sentinels=${count}`).test(await admin.info('sentinel'))
    await expect.poll(known, inTime).toBe(true)
  }
  return { primary, replica, replicas, links, sentinels }
}

/** The addresses of servers, as they stand in a URL. */
export const hosts = (nodes: readonly Node[]): string =>
  nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')

/** The primary that holds this key. */
export async function holderOf(nodes: readonly Node[], key: string): Promise<Node> {
  for (const node of nodes.slice(0, 3)) {
    const held = await node.admin.exists(key).catch(String)
    if (typeof held === 'number') return node // the others answer MOVED
  }
  throw new Error(`no primary holds ${key}`)
}
