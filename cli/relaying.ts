import type { Logger } from 'pino'
import type { Cache } from '../cache/cache.ts'
import { type Hearth, partsOf } from '../hearth/hearth.ts'
import { groupBy } from '../model/group-by.ts'
import { createLeadership } from '../queues/leadership.ts'
import { onRelayNotified } from '../queues/notify-relay.ts'
import { readQueueServer } from '../queues/queue-server.ts'
import { readQueueStats } from '../queues/queue-stats.ts'
import type { RecordedTarget } from '../queues/recorded.ts'
import { createRelay } from '../queues/relay.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { OutboxMetrics } from '../telemetry/outbox-metrics.ts'
import type { PendingMetrics } from '../telemetry/pending-metrics.ts'
import { createQueueMetrics } from '../telemetry/queue-metrics.ts'
import type { World } from '../world/world.ts'
import { count } from './amounts.ts'
import type { Closing } from './closing.ts'
import type { RedisConfig } from './connect.ts'

export interface RelayingOptions {
  config: RedisConfig
  hearth: Hearth
  world: World
  metrics: OutboxMetrics
  registry: Metrics['registry']
  pendingMetrics: PendingMetrics
  log: Logger
  /** Hears when this process begins to be the one that acts, and when it ceases. */
  say(what: string): void
  onTrouble(error: Error): void
  closing: Closing
}

const backlogEveryMs = 5_000
/** The batch in hand takes a tenth of it; what is abandoned is only relayed again. */
const graceMs = 500

/** Relays the outbox while this process is the one that acts. */
export async function startRelaying(options: RelayingOptions): Promise<void> {
  const { config, hearth, world, metrics, pendingMetrics, registry, log, say, onTrouble, closing } = options
  const place = { address: config.queueRedisUrl ?? config.redisUrl, prefix: config.queuePrefix, onTrouble }

  const leadership = createLeadership({
    ...place,
    name: 'relay',
    onChange(leads) {
      say(leads ? 'this process relays the outbox now' : 'this process no longer relays the outbox')
      if (leads) relay.notify()
      showBacklog()
    },
  })
  await closing.opened('the leadership of the relay', leadership.close)
  const { queues } = partsOf(hearth).producer
  createQueueMetrics({
    registry,
    readQueues: () => readQueueStats(queues),
    readServer: () => readQueueServer(queues),
    reports: leadership.leads,
  })

  const relay = createRelay({
    outbox: world.outbox,
    alreadyInvalidated: nodes => partsOf(hearth).cache.confirmations.have(nodes),
    targetsOf: partsOf(hearth).cache.keys.kinds.staleTargets,
    problemOf: partsOf(hearth).cache.keys.kinds.problemOf,
    enqueue: partsOf(hearth).ensureInvalidated,
    deliver: payloads => deliver(partsOf(hearth).cache, payloads),
    leads: leadership.leads,
    onRelayed: metrics.relayed,
    onRefused(nodes, reason) {
      metrics.refused(nodes.length)
      const ids = nodes.slice(0, 10).map(({ id, worldId }) => ({ id, worldId }))
      log.error({ nodes: ids }, `put ${count(nodes.length)} recorded changes aside: ${reason}`)
    },
    onTrouble(trouble) {
      if (trouble) log.warn(`the outbox cannot be relayed, its changes wait: ${trouble.message}`)
      else log.info('the outbox is being relayed again')
    },
  })

  async function showBacklog(): Promise<void> {
    if (!leadership.leads()) {
      metrics.backlog({ pending: 0, oldestMs: null })
      pendingMetrics.backlog({ pending: 0, dead: 0, oldestMs: 0 })
      return
    }
    await Promise.all([
      world.outbox.backlog().then(metrics.backlog, () => {}), // the relay tells of a Neo4j that is away
      partsOf(hearth)
        .pending.totals()
        .then(pendingMetrics.backlog, () => {}),
    ])
  }
  const timer = setInterval(showBacklog, backlogEveryMs)
  await closing.opened('the look at the backlog', async () => clearInterval(timer))

  const notifications = onRelayNotified(place, relay.notify)
  await closing.opened('the notifications of the relay', async () => notifications.close())
  await closing.opened('the relay', () => relay.close(graceMs))
}

/** One script call for each world. Kinds that this process does not know are left to jobs. Rejects with `CacheUnavailable`. */
async function deliver(
  { keys, leases }: Cache,
  recorded: readonly RecordedTarget[],
): Promise<readonly RecordedTarget[]> {
  const known = new Set(keys.kinds.all.map(({ name }) => name))
  const byWorld = groupBy(recorded, ({ worldId }) => worldId)
  const done = await Promise.all(
    Array.from(byWorld, async ([worldId, group]) => {
      const here = group.filter(({ target }) => known.has(target.kind))
      const entries = here.map(({ target }) => keys.entryOf(worldId, target))
      const { version } = await leases.invalidate(worldId, entries)
      return group.map(one => (known.has(one.target.kind) ? { ...one, version } : one))
    }),
  )
  return done.flat()
}
