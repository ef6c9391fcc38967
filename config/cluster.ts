import { isClusterAddress } from '../model/redis-address.ts'

interface Addresses {
  redisUrl: string | undefined
  queueRedisUrl: string | undefined
  cluster: boolean
}

/**
 * `HEARTH_CLUSTER` makes a cluster's address of one server's; the address of a cluster says so by itself. Adds what
 * cannot work to `problems`.
 */
export function settleCluster(
  { redisUrl, queueRedisUrl, cluster }: Addresses,
  problems: string[],
): Addresses {
  if (redisUrl === undefined) return { redisUrl, queueRedisUrl, cluster }
  if (cluster && /^rediss?\+sentinel:/.test(redisUrl))
    problems.push('HEARTH_CLUSTER is true, but HEARTH_REDIS_URL names Sentinels; leave one of them out')
  if (cluster && /^rediss?:\/\/[^/]*\/\d/.test(redisUrl))
    problems.push(
      'HEARTH_CLUSTER is true, but HEARTH_REDIS_URL ends with the number of a database, of which a cluster has none',
    )
  const url = cluster ? redisUrl.replace(/^(rediss?):/, '$1+cluster:') : redisUrl
  return { redisUrl: url, queueRedisUrl: queueRedisUrl ?? url, cluster: cluster || isClusterAddress(url) }
}
