import { Cluster, type ClusterNode, type Command, type RedisOptions } from 'ioredis'

/** How often a cluster is asked who holds which slot: a slot that has moved is otherwise noticed by using it. */
const slotsRefreshMs = 1_000
/** A node that answers later, as one that is frozen, is passed over for another. Milliseconds. */
const slotsAnswerMs = 400

/**
 * A connection to a Redis Cluster that finds back by every node that the cluster had when it was last asked, not only by
 * those that it was given: they may be the ones that died.
 */
export function openCluster(
  given: readonly ClusterNode[],
  redisOptions: Omit<RedisOptions, 'replyMapping'>,
): Cluster {
  const cluster = new TimedCluster([...given], {
    redisOptions,
    slotsRefreshInterval: slotsRefreshMs,
    slotsRefreshTimeout: slotsAnswerMs,
    // Names are resolved by each connection: one that no longer exists must not keep us from the others, and a
    // certificate is checked against the name.
    dnsLookup: (address, callback) => callback(null, address),
    clusterRetryStrategy: times => Math.min(50 * 2 ** Math.min(times, 5), 1_000),
  })
  keepStartNodes(cluster, given)
  connectPrimaries(cluster)
  return cluster
}

/** Commands that wait for the cluster itself have a time limit too: ioredis applies it on each node's connection only. */
class TimedCluster extends Cluster {
  override sendCommand(...sent: Parameters<Cluster['sendCommand']>): unknown {
    const [command] = sent
    const limitMs = this.options.redisOptions?.commandTimeout
    if (limitMs !== undefined && this.status !== 'ready') (command as Command).setTimeout(limitMs)
    return super.sendCommand(...sent)
  }
}

/** ioredis connects again by its start nodes, and documents that they may be replaced. */
function keepStartNodes(cluster: Cluster, given: readonly ClusterNode[]): void {
  cluster.on('refresh', () => {
    const seen = cluster.nodes().map(({ options: { host, port } }) => ({ host, port }) as ClusterNode)
    Object.assign(cluster, { startupNodes: [...seen, ...given] })
  })
}

/** At once, not by the first command to each of them: that has a time limit. */
function connectPrimaries(cluster: Cluster): void {
  cluster.on('+node', node => {
    if (!node.options.readOnly && node.status === 'wait') node.connect().catch(() => {}) // `node error` has it
  })
}
