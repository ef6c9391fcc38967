import { HearthError } from './errors.ts'

export interface HostAndPort {
  host: string
  port: number
}

interface Credentials {
  username?: string
  password?: string
}

/** A primary that Sentinels name, in ioredis' options. */
export interface SentinelAddress extends Credentials {
  sentinels: HostAndPort[]
  /** The primary's name at the Sentinels. */
  name: string
  db?: number
  sentinelUsername?: string
  sentinelPassword?: string
  tls?: object
  sentinelTLS?: object
  enableTLSForSentinelMode?: true
}

/** A Redis Cluster, in ioredis' options. */
export interface ClusterAddress {
  cluster: HostAndPort[]
  options: Credentials & { tls?: object }
}

/** What would be right, in words that complete "expected …". */
export const serverRight =
  'a URL like redis://:password@host:6379/0, redis+sentinel://:password@host1:26379,host2:26379/name/0 ' +
  'or redis+cluster://:password@host1:6379,host2:6379 (rediss for TLS)'

const form = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/s

type Parsed = string | SentinelAddress | ClusterAddress

/**
 * What a Redis address means: of one server the URL itself or the path of its socket, which ioredis reads; of Sentinels
 * and clusters ioredis' options.
 * @throws HearthError `InvalidInput`, which says what is wrong with `field` and quotes nothing, since it may be a password
 */
export function parseRedisAddress(text: string, field: string): Parsed {
  const parsed = parsedOrWrong(text)
  if (parsed instanceof Wrong) throw new HearthError('InvalidInput', `${field}: ${parsed.message}`)
  return parsed
}

/** What is wrong with an address; undefined where it is right. */
export function redisProblem(text: string): string | undefined {
  const parsed = parsedOrWrong(text)
  return parsed instanceof Wrong ? parsed.message : undefined
}

/** Whether an address, as a URL, as options or as a connection, is a Redis Cluster's. */
export function isClusterAddress(address: unknown): boolean {
  if (typeof address === 'string') return /^rediss?\+cluster:/.test(address)
  const { cluster, isCluster } = (address ?? {}) as { cluster?: unknown; isCluster?: unknown }
  return Array.isArray(cluster) || isCluster === true
}

/** What is wrong with what was meant to be a Redis' address, as a sentence that follows `serverRight`. */
export function whyNoServer(given: unknown): string {
  const problem = typeof given === 'string' && /^rediss?[+:]/.test(given) && redisProblem(given)
  return problem ? `. ${problem}` : ''
}

class Wrong extends Error {}

function parsedOrWrong(text: string): Parsed | Wrong {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof Wrong) return error
    throw error
  }
}

function parse(text: string): Parsed {
  if (text.startsWith('/')) return text
  const [, scheme, kind, authority = '', path = '', query = '', fragment] = form.exec(text) ?? []
  if (!scheme) throw new Wrong(`It must be ${serverRight}`)
  const at = authority.lastIndexOf('@')
  const who = authority.slice(0, Math.max(0, at))
  const hasMore = kind !== undefined && who.includes('@') // a URL of one server may
  if (fragment !== undefined || (path + query).includes('@') || hasMore)
    throw new Wrong('In user and password the characters / ? # and @ must be percent-encoded')
  if (!kind) return checkServer(text, query)
  const given = { hosts: authority.slice(at + 1), path, query }
  const tls = scheme === 'rediss' && { tls: {} }
  if (kind === 'cluster') return { cluster: clusterNodes(given), options: { ...credentials(who), ...tls } }
  const sentinelTls = tls && { ...tls, sentinelTLS: {}, enableTLSForSentinelMode: true as const }
  return { ...sentinelParts(given), ...credentials(who), ...sentinelTls }
}

interface Given {
  hosts: string
  path: string
  query: string
}

function checkServer(url: string, query: string): string {
  const { hostname, pathname } = URL.canParse(url) ? new URL(url) : { hostname: '', pathname: '' }
  if (hostname === '') throw new Wrong('It is no URL with one host; several hosts are Sentinels or a cluster')
  if (!/^\/?\d*$/.test(pathname)) throw new Wrong('After the host only the number of a database may stand')
  if (parametersOf(query).has('keyPrefix')) throw noKeyPrefix()
  return url
}

const noKeyPrefix = () =>
  new Wrong('keyPrefix is not supported: every key is named in full; use another database')

function clusterNodes({ hosts, path, query }: Given): HostAndPort[] {
  if (path !== '' && path !== '/')
    throw new Wrong('A cluster has no numbers of databases: nothing may stand after its hosts')
  if (parametersOf(query).has('keyPrefix')) throw noKeyPrefix()
  if (query !== '')
    throw new Wrong("A cluster's address has no parameters; the library takes ioredis' options")
  return hostsIn(hosts, 6379)
}

function sentinelParts({ hosts, path, query }: Given) {
  const [name = '', db, ...more] = path.slice(1).split('/')
  if (name === '')
    throw new Wrong("The name of the Sentinels' primary is missing after the hosts, like /mymaster")
  if (more.length > 0 || (db !== undefined && !/^\d{0,5}$/.test(db)))
    throw new Wrong("After the name of the Sentinels' primary only the number of a database may stand")
  const parameters = parametersOf(query)
  const [sentinelUsername, sentinelPassword] = ofSentinels.map(one => parameters.get(one))
  if (parameters.has('keyPrefix')) throw noKeyPrefix()
  if (Array.from(parameters.keys()).some(key => !ofSentinels.includes(key)))
    throw new Wrong(
      `Its parameters may be ${ofSentinels.join(' and ')} alone; the library takes ioredis' options`,
    )
  return {
    sentinels: hostsIn(hosts, 26_379),
    name: decoded(name),
    ...(db && { db: Number(db) }),
    ...(sentinelUsername && { sentinelUsername }),
    ...(sentinelPassword && { sentinelPassword }),
  }
}

/** Not URLSearchParams, which makes a space of a + in a password. */
const parametersOf = (query: string): ReadonlyMap<string, string> =>
  new Map(
    query
      .split('&')
      .filter(pair => pair !== '')
      .map(pair => pair.split(/=(.*)/s).map(decoded) as [string, string]),
  )

const ofSentinels = ['sentinelUsername', 'sentinelPassword']

const host = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i

function hostsIn(list: string, standardPort: number): HostAndPort[] {
  return list.split(',').map((text, i) => {
    const [, ip6, name, port = String(standardPort)] = host.exec(text) ?? []
    const isPort = Number(port) >= 1 && Number(port) <= 65_535
    if (!(ip6 ?? name) || !isPort)
      throw new Wrong(`Host ${i + 1} must be like host:${standardPort}, with commas between several`)
    return { host: (ip6 ?? name) as string, port: Number(port) }
  })
}

/** @param who `user:password`, percent-encoded */
function credentials(who: string): Credentials {
  const [username = '', ...rest] = who.split(':')
  const password = rest.join(':')
  if (username !== '' && password === '') throw new Wrong('A user needs a password, like user:password@host')
  return {
    ...(username && { username: decoded(username) }),
    ...(password && { password: decoded(password) }),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Wrong('User, password and name must be percent-encoded: a % is %25')
  }
}
