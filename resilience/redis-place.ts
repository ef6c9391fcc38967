import { pick, pickBy } from 'es-toolkit'
import type { ClusterNode, RedisOptions } from 'ioredis'
import { HearthError } from '../model/errors.ts'
import { type HostAndPort, parseRedisAddress } from '../model/redis-address.ts'
import { withoutPassword } from './server-words.ts'

/** ioredis' options, but for how replies are mapped, which is ours to choose. */
export type ServerOptions = Omit<RedisOptions, 'replyMapping'>

/** A connection of ioredis, of whichever version. What it is connected to is taken from it; it is not used, nor closed. */
export interface RedisConnection {
  readonly isCluster: boolean
  readonly options: object
  duplicate(...given: never[]): unknown
}

/**
 * Where a Redis is: a URL (`redis://…`, `redis+sentinel://host1,host2/name`, `redis+cluster://host1,host2`; `rediss…` for
 * TLS), ioredis options, a connection of ioredis, or nodes of a Redis Cluster, at least one, of which the others are
 * learned.
 */
export type RedisAddress =
  | string
  | ServerOptions
  | RedisConnection
  | { cluster: ClusterNode[]; options?: ServerOptions }

/** A URL as ioredis takes it, its options, or the nodes of a cluster. */
export type RedisPlace = string | ServerOptions | { cluster: HostAndPort[]; options: ServerOptions }

/** A Redis as a URL, without who we are to it. */
export function addressOf(address: RedisAddress): string {
  if (typeof address === 'string') return withoutPassword(address)
  const place = placeOf(address, 'address') as Exclude<RedisPlace, string>
  if ('cluster' in place) return `${place.options.tls ? 'rediss' : 'redis'}+cluster://${list(place.cluster)}`
  const { host = '127.0.0.1', port = 6379, path, tls, sentinels, name } = place
  const scheme = tls ? 'rediss' : 'redis'
  if (path) return path
  return sentinels ? `${scheme}+sentinel://${list(sentinels)}/${name}` : `${scheme}://${host}:${port}`
}

const list = (hosts: readonly Partial<HostAndPort>[]) =>
  hosts.map(({ host, port }) => `${host}:${port}`).join(',')

/** @throws HearthError `InvalidInput`, which names `field` and quotes no password */
export function placeOf(address: RedisAddress, field: string): RedisPlace {
  const given = typeof address === 'string' ? parseRedisAddress(address, field) : address
  if (typeof given === 'string') return given
  const place = isConnection(given) ? placeOfConnection(given) : given
  if (Array.isArray(place) || ('cluster' in place && place.cluster.length === 0))
    throw new HearthError(
      'InvalidInput',
      `${field} must be a URL, ioredis' options, a connection or {cluster: [nodes]}, at least one`,
    )
  const { keyPrefix }: ServerOptions = ('cluster' in place ? place.options : place) ?? {}
  if (keyPrefix)
    throw new HearthError(
      'InvalidInput',
      `${field}: keyPrefix is not supported: every key is named in full; use another database`,
    )
  if (!('cluster' in place)) return place
  return { cluster: place.cluster.map(hostAndPort), options: place.options ?? {} }
}

const isConnection = (given: object): given is RedisConnection =>
  'isCluster' in given && 'duplicate' in given && 'options' in given

/** What says where a server is and who we are to it; how patient the connection is, is ours to say. */
const where = [
  ...(['host', 'port', 'path', 'family', 'db', 'username', 'password', 'tls', 'keyPrefix'] as const),
  ...(['sentinels', 'name', 'natMap', 'enableTLSForSentinelMode', 'sentinelTLS'] as const),
  ...(['sentinelUsername', 'sentinelPassword'] as const),
]

function placeOfConnection(connection: RedisConnection) {
  const options = (own: object = {}): ServerOptions =>
    pickBy(pick(own as RedisOptions, where), value => value !== undefined && value !== null)
  if (!connection.isCluster) return options(connection.options)
  const { startupNodes, options: ofCluster } = connection as RedisConnection & {
    startupNodes: ClusterNode[]
    options: { redisOptions?: object; keyPrefix?: string }
  }
  return {
    cluster: startupNodes,
    options: options({ ...ofCluster.redisOptions, ...pick(ofCluster, ['keyPrefix']) }),
  }
}

/** A node as ioredis takes it: a port of this machine, `host:port`, a URL, or both as options. */
function hostAndPort(node: ClusterNode): HostAndPort {
  if (typeof node === 'number') return { host: '127.0.0.1', port: node }
  if (typeof node === 'object') return { host: node.host ?? '127.0.0.1', port: node.port ?? 6379 }
  const { hostname, port } = new URL(node.includes('://') ? node : `redis://${node}`)
  return { host: hostname, port: Number(port || 6379) }
}
