// A worker and the scheduler's rounds in a separate process, so that they do not delay the reader's. Sends the number
// of
// entities of each load, and first 0 when it is ready.

import { setInterval } from 'node:timers/promises'
import { lowerPriority } from '../../cli/process-priority.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { type RefreshPolicy, refreshPopular } from '../../jobs/refresh/schedule.ts'
import { openStore } from '../../queues/redis.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { counted } from './counted.ts'

export interface WorkerArgs {
  cache: string
  queue: { address: string; prefix: string }
  neo4j: { uri: string; user: string; password: string }
  policy: RefreshPolicy & { timelineMs: number }
  /** Time between rounds of decay, pruning and refreshing. */
  roundMs: number
  /** The options of `Popularity.prune`. */
  prune: { least: number; most: number }
}

const args = JSON.parse(process.argv[2] ?? '') as WorkerArgs
const { policy, roundMs } = args
const tell = (entities: number) => process.send?.(entities)
process.once('disconnect', () => process.exit()) // its benchmark has ended

lowerPriority(10) // as `hearth worker` does
const hearth = openedHearth({
  cache: args.cache,
  queue: args.queue.address,
  queuePrefix: args.queue.prefix,
  world: counted(neo4jWorld(args.neo4j), tell),
  lives: { kindsMs: { timeline: policy.timelineMs } },
})
const { cache, producer } = hearth
const store = openStore(args.queue)
await startPool({ ...args.queue, deps: hearth.jobDeps() })
tell(0)

async function round(): Promise<void> {
  await cache.popularity.decay({ halfLifeMs: policy.halfLifeMs })
  await cache.popularity.prune(args.prune)
  const nextAt = new Date(Date.now() + roundMs)
  await refreshPopular({ cache, producer, store, policy }, { nextAt, signal: new AbortController().signal })
}

for await (const _ of setInterval(roundMs)) {
  // As a scheduler does: the next round makes up for one that failed.
  await round().catch(error => process.stderr.write(`a round failed: ${error}\n`))
}
