import { HearthError } from '../model/errors.ts'
import { redisInfo } from '../resilience/redis-info.ts'
import type { Neo4jFacts } from '../world/neo4j/administration.ts'

/** What would hurt later, of servers that answer: what a start is refused for, and what it is only warned of. */
export interface Concerns {
  refused: string[]
  warnings: string[]
}

/** The first whose SET takes NX and GET together, as idempotency keys need it. Valkey says that it is Redis 7.2. */
const oldestQueueRedis = '7.0'
/** The first with ZMSCORE and ZADD GT. */
const oldestCacheRedis = '6.2'
/** The first whose subqueries name what they take along, as ours do. */
const oldestNeo4j = '5.23'

interface Asked {
  /** As a person calls it. */
  name: string
  /** As Redis' INFO has it. */
  info: string
}

interface Wanted {
  /** Whether a queue that forgets is refused, or only warned of. */
  durable: boolean
  /** How many replicas must have an event before it is accepted; undefined: all that there are. */
  replicas?: number | undefined
}

export function checkQueueRedis({ name, info }: Asked, { durable, replicas }: Wanted): Concerns {
  const facts = redisInfo(info)
  const { refused, warnings } = checkVersion(name, 'Redis', facts.get('redis_version'), oldestQueueRedis)
  const policy = facts.get('maxmemory_policy') ?? 'noeviction'
  if (policy !== 'noeviction') {
    const what = `${name} evicts (maxmemory-policy ${policy}), and a job that is evicted is a change lost: set it to noeviction`
    if (facts.get('maxmemory') === '0') warnings.push(`${what}. It does not yet, having no maxmemory`)
    else refused.push(what)
  }
  if (facts.get('aof_enabled') === '0') {
    const what = `${name} has no append-only file, so a restart of it forgets jobs and accepted events: set appendonly to yes`
    if (durable) refused.push(what)
    else warnings.push(what)
  }
  warnings.push(
    ...checkReplicas(name, facts, {
      connected: replicasIn(facts),
      needed: replicas,
      setting: 'HEARTH_QUEUE_REPLICAS',
      otherwise: 'appends fail',
      takes: 'events that will be lost',
    }),
  )
  return { refused, warnings }
}

interface Replicas {
  connected: number
  needed: number | undefined
  setting: string
  /** What becomes of what too few replicas have. */
  otherwise: string
  /** What a server that has lost its role takes all the same. */
  takes: string
}

const replicasIn = (facts: ReadonlyMap<string, string>): number => Number(facts.get('connected_slaves') ?? 0)

function checkReplicas(
  name: string,
  facts: ReadonlyMap<string, string>,
  { connected, needed, setting, otherwise, takes }: Replicas,
): string[] {
  const warnings: string[] = []
  if (needed !== undefined && needed > connected) {
    warnings.push(
      `${name} has ${connected} replicas, and ${setting} is ${needed}: until it has as many, ${otherwise}`,
    )
  }
  // It is in INFO only where it is above 0.
  if (connected > 0 && !facts.has('min_slaves_good_slaves')) {
    warnings.push(
      `${name} takes writes without any of its replicas (min-replicas-to-write 0), so one that has lost its role in a failover goes on accepting ${takes}: set it to 1`,
    )
  }
  return warnings
}

/** `replicas`: how many must have a change. */
export function checkCacheRedis({ name, info }: Asked, { replicas = 0 } = {}): Concerns {
  const facts = redisInfo(info)
  const { refused, warnings } = checkVersion(name, 'Redis', facts.get('redis_version'), oldestCacheRedis)
  const policy = facts.get('maxmemory_policy') ?? ''
  if (policy.startsWith('allkeys-') && facts.get('maxmemory') !== '0') {
    warnings.push(
      `${name} evicts what has no life too (maxmemory-policy ${policy}), such as flags and snapshots: volatile-lfu evicts what can be loaded again`,
    )
  }
  const connected = replicasIn(facts)
  if (replicas > 0) {
    warnings.push(
      ...checkReplicas(name, facts, {
        connected,
        needed: replicas,
        setting: 'HEARTH_CACHE_REPLICAS',
        otherwise: 'or for 30 s, it is not used',
        takes: 'changes that will be undone',
      }),
    )
  }
  if (connected > replicas) {
    warnings.push(
      `${name} has ${connected} replicas, and HEARTH_CACHE_REPLICAS is ${replicas}: a failover to one of the others may bring back values that were invalidated`,
    )
  }
  return { refused, warnings }
}

export function checkNeo4j({ name, version, lacking, concerns }: { name: string } & Neo4jFacts): Concerns {
  const { refused, warnings } = checkVersion(name, 'Neo4j', version, oldestNeo4j)
  if (lacking.length > 0) {
    refused.push(
      `${name} lacks constraints and indexes, without which reads walk through whole worlds (${lacking.join('; ')}): hearth schema makes them`,
    )
  }
  warnings.push(...concerns.map(concern => `${name}: ${concern}`))
  return { refused, warnings }
}

/** Logs the warnings. @throws HearthError `InvalidConfig` with all that is refused */
export function settle(concerns: readonly Concerns[], warn: (what: string) => void, refuse: boolean): void {
  const refused = concerns.flatMap(concern => concern.refused)
  for (const { warnings } of concerns) for (const warning of warnings) warn(warning)
  if (refuse && refused.length > 0) {
    const what = 'it would start, and hurt later (HEARTH_START_CHECKS=warn starts nevertheless):'
    throw new HearthError('InvalidConfig', [what, ...refused].join('\n  '))
  }
  for (const problem of refused) warn(problem)
}

function checkVersion(name: string, kind: string, version: string | undefined, oldest: string): Concerns {
  if (version === undefined || !isOlder(version, oldest)) return { refused: [], warnings: [] }
  return { refused: [`${name} is ${kind} ${version}; ${oldest} is the oldest that will do`], warnings: [] }
}

function isOlder(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(part => Number.parseInt(part, 10))
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number)
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor)
}
