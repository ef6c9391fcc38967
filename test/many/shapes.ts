import { slotOf } from '../../cache/slots.ts'
import { holderOf, hosts, type Node, shardOf, startCluster, startSentinels } from '../support/many-redis.ts'
import type { Proxy as Way } from '../support/relay-proxy.ts'
import { fresh } from '../support/setup.ts'

/** Where a cache is, and which worlds are played on it. */
export interface Shape {
  name: string
  cache: string
  cacheReplicas: number
  worlds: readonly string[]
}

export interface ClusterShape extends Shape {
  nodes: readonly Node[]
  /** The primary that the probes ask, the only one that the address names, and the third. */
  probed: Node
  start: Node
  another: Node
  replicaOf(primary: Node): Node
  worldsOf(primary: Node): string[]
}

const worldsOfAShard = 2
/** As docs/scaling.md advises; given at the start, so that a node that is started again has them too. */
export const clusterOptions = ['--cluster-require-full-coverage', 'no']

export async function startClusterShape(): Promise<ClusterShape> {
  const { nodes } = await startCluster(clusterOptions)
  const primaries = nodes.slice(0, 3)
  const probed = await holderOf(nodes, 'lw:probe')
  const [start, another] = primaries.filter(node => node !== probed) as [Node, Node]
  const worldsOf = new Map<Node, string[]>(primaries.map(node => [node, []]))
  while ([...worldsOf.values()].some(ids => ids.length < worldsOfAShard)) {
    const id = fresh()
    const ids = worldsOf.get(primaries[shardOf(slotOf(id))] as Node) as string[]
    if (ids.length < worldsOfAShard) ids.push(id)
  }
  return {
    name: 'cluster 3 + 3',
    cache: `redis+cluster://${hosts([start])}`,
    cacheReplicas: 1,
    worlds: [...worldsOf.values()].flat(),
    nodes,
    probed,
    start,
    another,
    replicaOf: primary => nodes[nodes.indexOf(primary) + 3] as Node,
    worldsOf: primary => worldsOf.get(primary) ?? [],
  }
}

export interface SentinelShape extends Shape {
  nodes: readonly Node[]
  /** Of the replicas to the first primary. */
  links: readonly Way[]
  sentinels: readonly Node[]
}

export async function startSentinelShape(): Promise<SentinelShape> {
  const { primary, replicas, links, sentinels } = await startSentinels(3, { replicas: 2 })
  return {
    name: 'Sentinel 1 + 2 + 3',
    cache: `redis+sentinel://${hosts(sentinels)}/worlds/0`,
    cacheReplicas: 2,
    worlds: Array.from({ length: 6 }, () => fresh()),
    nodes: [primary, ...replicas],
    links,
    sentinels,
  }
}
