import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Cache } from '../cache/cache.ts'
import { entryOf, staleTargets } from '../cache/changes.ts'
import type { OutboxMetrics } from '../dashboard/outbox-metrics.ts'
import type { PendingMetrics } from '../dashboard/pending-metrics.ts'
import { createQueueMetrics } from '../dashboard/queue-metrics.ts'
import type { Hearth } from '../hearth.ts'
import type { InvalidatePayload } from '../queues/invalidate.ts'
import { createLeadership } from '../queues/leadership.ts'
import { listenForPokes } from '../queues/poke.ts'
import { createRelay } from '../queues/relay.ts'
import type { World } from '../world/world.ts'
import { count } from './amounts.ts'
import type { Closing } from './closing.ts'
import type { RedisConfig } from './connect.ts'

export interface RelayingOptions {
  config: RedisConfig
  hearth: Hearth
  world: World
  metrics: OutboxMetrics
  registry: Registry
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
      if (leads) relay.poke()
      showBacklog()
    },
  })
  await closing.opened('the leadership of the relay', leadership.close)
  createQueueMetrics({ registry, queues: hearth.producer.queues, tells: leadership.leads })

  const relay = createRelay({
    outbox: world.outbox,
    alreadyInvalidated: nodes => hearth.cache.confirmations.have(nodes),
    targetsOf: staleTargets,
    producer: hearth.producer,
    deliver: payloads => deliver(hearth.cache, payloads),
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
      hearth.pending.totals().then(pendingMetrics.backlog, () => {}),
    ])
  }
  const timer = setInterval(showBacklog, backlogEveryMs)
  await closing.opened('the look at the backlog', async () => clearInterval(timer))

  const pokes = listenForPokes(place, relay.poke)
  await closing.opened('the ear for pokes', async () => pokes.close())
  await closing.opened('the relay', () => relay.close(graceMs))
}

/** One script call for each world. Rejects with `CacheUnavailable`. */
async function deliver(
  { keys, leases }: Cache,
  payloads: readonly InvalidatePayload[],
): Promise<InvalidatePayload[]> {
  const byWorld = new Map<string, InvalidatePayload[]>()
  for (const payload of payloads) {
    const some = byWorld.get(payload.worldId)
    if (some) some.push(payload)
    else byWorld.set(payload.worldId, [payload])
  }
  const done = Array.from(byWorld, async ([worldId, some]) => {
    const entries = some.map(({ target }) => entryOf(keys, worldId, target))
    const { version } = await leases.invalidate(worldId, entries)
    return some.map(payload => ({ ...payload, version }))
  })
  return (await Promise.all(done)).flat()
}
