import { omitBy } from 'es-toolkit'
import type { CacheAddress } from '../cache/connect.ts'
import { checkConfig, lives } from '../config/define.ts'
import * as o from '../model/options.ts'
import type { QueueAddress } from '../queues/connect.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { World } from '../world/world.ts'
import type { HearthOptions } from './options.ts'

/** What lacks a part that is never used may stand for a world, as in tests. */
const isWorld = (given: unknown): boolean =>
  o.isObject(given) && ['flags', 'close'].every(name => o.isFunction(given[name]))

const shape = {
  cache: o.required<CacheAddress>(o.serverRule, o.isServer),
  queue: o.option<QueueAddress>(o.serverRule, o.isServer),
  queuePrefix: o.prefix(),
  kinds: o.option<HearthOptions['kinds']>('a list of kinds, each from defineKind', given =>
    Array.isArray(given),
  ),
  config: o.option<HearthOptions['config']>('the object of hearth.config.ts', o.isObject),
  world: o.required<World>('a world, like neo4jWorld({ … })', isWorld),
  topK: o.whole(o.ranges.topK),
  refreshTop: o.whole(o.ranges.refreshTop),
  lives,
  pendingMax: o.whole(o.ranges.pendingMax),
  queueReplicas: o.whole(o.ranges.queueReplicas),
  cacheReplicas: o.whole(o.ranges.cacheReplicas),
  leaseMs: o.whole(o.ranges.leaseMs),
  cluster: o.flag(),
  metrics: o.option<Metrics>(
    'what createMetrics() returns',
    given => o.isObject(given) && 'registry' in given,
  ),
  observer: o.option<HearthOptions['observer']>(
    'an object of functions',
    given =>
      o.isObject(given) && Object.values(given).every(part => part === undefined || o.isFunction(part)),
  ),
  fleetCounts: o.flag(),
  processName: o.option<string | false>(
    'some text, or false',
    given => given === false || (typeof given === 'string' && given !== ''),
  ),
  tracing: o.flag(),
  loadLimiter: o.group({
    most: o.whole(o.ranges.maxLoads),
    maxSlowdown: o.share(o.ranges.maxSlowdown),
    waitingReads: o.whole([0, 10_000_000]),
    waitMs: o.ms(),
    leastReads: o.whole(o.ranges.maxLoads),
    onShed: o.callback(),
  }),
  near: o.group({ maxBytes: o.whole(o.ranges.bytes), maxStaleMs: o.whole([0, o.ranges.lifeMs[1]]) }),
  outageCache: o.group({ lifeMs: o.whole([0, o.ranges.lifeMs[1]]), maxSize: o.whole(o.ranges.bytes) }),
  readCounts: o.group({
    sampleOneIn: o.whole(o.ranges.readsInOne),
    everyMs: o.ms(),
    most: o.whole(o.ranges.pendingMax),
  }),
  onError: o.callback(),
  onDiffering: o.callback(),
  onUnreadable: o.callback(),
} satisfies Record<keyof HearthOptions, unknown>

/** Groups of options that `false` turns off. */
const mayBeOff: ReadonlySet<PropertyKey> = new Set(['near', 'readCounts'])

/** Throws `InvalidConfig`, which lists every problem. */
export function checkHearthOptions(options: HearthOptions): void {
  const given = o.isObject(options)
    ? omitBy(options, (part, name) => part === false && mayBeOff.has(name))
    : options
  o.checkOptions('createHearth', given, shape)
  if (options.config) checkConfig(options.config)
}
