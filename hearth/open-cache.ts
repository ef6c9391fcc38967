import { omitBy, pick } from 'es-toolkit'
import { type Cache, type CacheOptions, createCache } from '../cache/cache.ts'
import { connectCache, connectChanges, connectReads } from '../cache/connect.ts'
import { nearOff } from '../cache/near/near-state.ts'
import { type CacheObserver, combineObservers } from '../cache/observer.ts'
import { HearthError } from '../model/errors.ts'
import type { NotifyRelay } from '../queues/notify-relay.ts'
import type { Pending } from '../queues/pending.ts'
import { createDelivered } from './delivered.ts'
import type { HearthOptions } from './options.ts'
import type { HearthSettings } from './settings.ts'
import { notingReads } from './traced-reads.ts'

interface CacheParts {
  /** How many processes there are, as far as is known. */
  processes(): number
  settings: Pick<HearthSettings, 'kinds' | 'lives' | 'onError'>
  /** What counts the cache's work in this process, and in the fleet. */
  counters: readonly Partial<CacheObserver>[]
  pending: Pick<Pending, 'unseenSince'>
  notifyRelay: NotifyRelay['notifyRelay']
}

/** The cache, which trusts itself again after an outage only when what was recorded and accepted meanwhile is in it. */
export function openCache(options: HearthOptions, parts: CacheParts): Cache {
  const { processes, settings, counters, pending, notifyRelay } = parts
  const { kinds, lives, onError } = settings
  const { world, observer = {}, readCounts = {}, cacheReplicas: replicas = 0, tracing } = options
  const reads = connectReads(options.cache, onError)
  const cache = createCache({
    redis: connectCache(options.cache, onError),
    reads,
    ...(replicas > 0 && { changes: { redis: connectChanges(options.cache, onError), replicas } }),
    kinds,
    fleet: world.fleet,
    processes,
    delivered: createDelivered({ outbox: world.outbox, pending }),
    ...(world.isAway && { sourceIsAway: () => world.isAway?.() ?? false }),
    observer: combineObservers([
      ...counters,
      observer,
      // What was recorded meanwhile is waited for, also for one shard while another is away.
      { cacheIs: (state, doubted) => (state === 'catching-up' || doubted) && notifyRelay() },
      tracing ? notingReads : {},
      observer.nearIs ? {} : reportingNear(onError),
    ]),
    ...(lives && { lives }),
    near: options.near ?? (reads.isCluster ? false : {}),
    readCounts,
    ...passedOn(options),
  })
  noteIndexed(cache)
  return cache
}

/** As early as can be: a server that is still empty has nothing that an index could lack. The rounds do it otherwise. */
function noteIndexed({ firstConnected, index }: Cache): void {
  firstConnected()
    .then(() => index.isWhole())
    .catch(() => {})
}

/** Where the caller does not listen to the state: a near cache that is off is an error of the connection, reported once. */
function reportingNear(onError: (error: Error) => void): Pick<CacheObserver, 'nearIs'> {
  return {
    nearIs(state, reason) {
      if (state === 'off') onError(new HearthError('CacheUnavailable', nearOff(reason)))
    },
  }
}

/** Options of the cache that are passed on; the last three are given by tests alone. */
const names = ['leaseMs', 'cluster', 'outageCache', 'scripts', 'waitMs', 'sleep'] as const
type PassedOn = Partial<Pick<CacheOptions, (typeof names)[number]>>

const passedOn = (options: HearthOptions & PassedOn): PassedOn =>
  omitBy(pick(options, [...names]), value => value === undefined) as PassedOn
