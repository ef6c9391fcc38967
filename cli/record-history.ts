import { warmShare } from '../cache/warm-share.ts'
import { digestOf } from '../config/fingerprint.ts'
import { partsOf } from '../hearth/hearth.ts'
import { createFleetReader } from '../queues/fleet-counts.ts'
import { createHistory } from '../queues/history/history.ts'
import { mergeBuilds } from '../queues/history/merge.ts'
import { createRecorder } from '../queues/history/recorder.ts'
import type { Build, Gauges } from '../queues/history/sample.ts'
import { createServerWatch } from '../queues/history/server-watch.ts'
import type { Member } from '../queues/member.ts'
import { readQueueStats } from '../queues/queue-stats.ts'
import { readFleet } from '../queues/read-fleet.ts'
import { impatient, openStore } from '../queues/redis.ts'
import { within } from '../resilience/within.ts'
import { queuePlace } from './connect.ts'
import type { ServingContext } from './serving-context.ts'

type HistoryContext = Pick<ServingContext, 'config' | 'hearth' | 'world' | 'onError' | 'closing'>

/** What one question of a minute may take: the others wait for it. Milliseconds. */
const lookMs = 5_000

/** Records the fleet's history, each minute once, while this process is the one that acts. */
export async function recordHistory(context: HistoryContext, leads: () => boolean): Promise<void> {
  const { config, hearth, world, onError, closing } = context
  const { cache, queueConnection: connection } = partsOf(hearth)
  const store = openStore({ ...queuePlace(config), connection, onError }, impatient)
  await closing.opened("the history's Redis", async () => store.redis.disconnect())
  const watch = createServerWatch({
    probes: {
      cache: () => cache.ping(),
      queue: () => store.redis.ping(),
      source: async () => world.ping?.(),
    },
  })
  await closing.opened('the watch of the history', async () => watch.stop())
  const recorder = createRecorder({
    history: createHistory(store),
    counts: createFleetReader(store),
    watch,
    look: () => lookAround(context),
    leads,
    onError,
  })
  await closing.opened('the history', recorder.close)
}

/** What has no past; null for what does not answer. */
export async function lookAround({
  config,
  hearth,
  world,
}: Pick<HistoryContext, 'config' | 'hearth' | 'world'>): Promise<Gauges> {
  const { cache, producer, queueConnection: connection } = partsOf(hearth)
  const orNull = <T>(asking: Promise<T>): Promise<T | null> => within(lookMs, asking).catch(() => null)
  const [outbox, stats, warm, fleet] = await Promise.all([
    orNull(world.outbox.backlog()),
    orNull(readQueueStats(producer.queues)),
    orNull(warmShare(cache, config.idleMs)),
    orNull(readFleet({ ...queuePlace(config), connection })),
  ])
  return {
    outbox,
    queues:
      stats && Object.fromEntries(stats.map(({ name, waiting, failed }) => [name, { waiting, failed }])),
    warm,
    builds: fleet && buildsOf(fleet.members),
  }
}

/** The versions and configurations that run. */
export const buildsOf = (members: readonly Member[]): Build[] =>
  mergeBuilds(
    members.map(({ version = '', fingerprint, since = null }) => ({
      version,
      config: digestOf(fingerprint),
      since,
    })),
  )
