import type { Cache } from '../cache/cache.ts'
import { partsOf } from '../hearth/hearth.ts'
import { groupBy } from '../model/group-by.ts'
import { createLeadership } from '../queues/leadership.ts'
import { onRelayNotified } from '../queues/notify-relay.ts'
import { readQueueServer } from '../queues/queue-server.ts'
import { readQueueStats } from '../queues/queue-stats.ts'
import type { RecordedTarget } from '../queues/recorded.ts'
import { createRelay } from '../queues/relay.ts'
import { createQueueMetrics } from '../telemetry/queue-metrics.ts'
import { queuePlace } from './connect.ts'
import type { ProcessMetrics } from './process-metrics.ts'
import { recordHistory } from './record-history.ts'
import type { ServingContext } from './serving-context.ts'
import { count } from './terminal.ts'

const backlogEveryMs = 5_000
/** The batch in hand takes a tenth of it; what is abandoned is only relayed again. */
const graceMs = 500

interface RelayingOptions extends Omit<ServingContext, 'metrics'> {
  metrics: Pick<ProcessMetrics, 'registry' | 'outbox' | 'pending'>
}

/** Relays the outbox while this process is the one that acts. */
export async function startRelaying(options: RelayingOptions): Promise<void> {
  const { config, hearth, world, metrics, say, onError, closing } = options
  const { cache, producer, ensureInvalidated } = partsOf(hearth)
  const place = { ...queuePlace(config), onError }
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
  await recordHistory(options, leadership.leads)
  createQueueMetrics({
    registry: metrics.registry,
    readQueues: () => readQueueStats(producer.queues),
    readServer: () => readQueueServer(producer.queues),
    reports: leadership.leads,
  })

  const { kinds } = cache.keys
  const relay = createRelay({
    outbox: world.outbox,
    alreadyInvalidated: nodes => cache.confirmations.have(nodes),
    targetsOf: kinds.staleTargets,
    problemOf: kinds.problemOf,
    noteBookmarks: cache.bookmarks.note,
    enqueue: ensureInvalidated,
    deliver: targets => deliver(cache, targets),
    isAway: worldId => !cache.cacheState.breakerOf(cache.keys.version(worldId)).closed,
    leads: leadership.leads,
    ...reporting(options),
  })
  const showBacklog = backlogReporter(options, leadership.leads)
  const timer = setInterval(showBacklog, backlogEveryMs)
  await closing.opened('the look at the backlog', async () => clearInterval(timer))

  const notifications = onRelayNotified(place, relay.notify)
  await closing.opened('the notifications of the relay', async () => notifications.close())
  await closing.opened('the relay', () => relay.close(graceMs))
}

/** What became of recorded changes, for the metrics and the log. */
const reporting = ({ metrics, log }: Pick<RelayingOptions, 'metrics' | 'log'>) => ({
  onRelayed: metrics.outbox.relayed,
  onRefused(nodes: readonly { id: string; worldId: string }[], reason: string) {
    metrics.outbox.refused(nodes.length)
    const ids = nodes.slice(0, 10).map(({ id, worldId }) => ({ id, worldId }))
    log.error({ nodes: ids }, `put ${count(nodes.length)} recorded changes aside: ${reason}`)
  },
  onError(trouble: Error | null) {
    if (trouble) log.warn(`the outbox cannot be relayed, its changes wait: ${trouble.message}`)
    else log.info('the outbox is being relayed again')
  },
})

/** Reports how much waits, in the process that acts; the others report nothing that waits. */
function backlogReporter({ world, hearth, metrics }: RelayingOptions, leads: () => boolean) {
  return async (): Promise<void> => {
    if (!leads()) {
      metrics.outbox.backlog({ pending: 0, oldestMs: null })
      metrics.pending.backlog({ pending: 0, dead: 0, oldestMs: 0 })
      return
    }
    await Promise.all([
      world.outbox.backlog().then(metrics.outbox.backlog, () => {}), // the relay reports a Neo4j that is away
      partsOf(hearth)
        .pending.totals()
        .then(metrics.pending.backlog, () => {}),
    ])
  }
}

/** What one world may take: the other worlds of its batch wait for it. Milliseconds. */
const deliverMs = 500

/** One script call for each world. Kinds that this process does not know are left to jobs. Rejects with `CacheUnavailable`. */
export async function deliver(
  { keys, leases }: Cache,
  recorded: readonly RecordedTarget[],
): Promise<readonly RecordedTarget[]> {
  const known = new Set(keys.kinds.all.map(({ name }) => name))
  const byWorld = groupBy(recorded, ({ worldId }) => worldId)
  const done = await Promise.all(
    Array.from(byWorld, async ([worldId, group]) => {
      const here = group.filter(({ target }) => known.has(target.kind))
      const entries = here.map(({ target }) => keys.entryOf(worldId, target))
      const { version } = await leases.invalidate(worldId, entries, { limitMs: deliverMs })
      return group.map(one => (known.has(one.target.kind) ? { ...one, version } : one))
    }),
  )
  return done.flat()
}
