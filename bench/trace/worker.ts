// A worker and the scheduler's rounds as a process of their own, so that the reader's is not held up by them. Sends how
// many entities it loads, first 0: it is ready.

import { setInterval } from 'node:timers/promises'
import { giveWay } from '../../cli/give-way.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { type RefreshPolicy, refreshPopular } from '../../jobs/refresh/schedule.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { counted } from './counted.ts'

export interface WorkerArgs {
  cache: string
  queue: { address: string; prefix: string }
  neo4j: { uri: string; user: string; password: string }
  policy: RefreshPolicy & { timelineMs: number }
  /** Rounds of fading, pruning and refreshing. */
  roundMs: number
  /** What is pruned, as `Popularity.prune` has it. */
  prune: { least: number; most: number }
}

const args = JSON.parse(process.argv[2] ?? '') as WorkerArgs
const { policy, roundMs } = args
const tell = (entities: number) => process.send?.(entities)
process.once('disconnect', () => process.exit()) // nobody is left to work for

giveWay(10) // as `hearth worker` does
const hearth = openedHearth({
  cache: args.cache,
  queue: args.queue.address,
  queuePrefix: args.queue.prefix,
  world: counted(neo4jWorld(args.neo4j), tell),
  lives: { kindsMs: { timeline: policy.timelineMs } },
})
const { cache, producer } = hearth
await startPool({ ...args.queue, deps: hearth.jobDeps() })
tell(0)

async function round(): Promise<void> {
  await cache.popularity.decay({ halfLifeMs: policy.halfLifeMs })
  await cache.popularity.prune(args.prune)
  const nextAt = new Date(Date.now() + roundMs)
  await refreshPopular({ cache, producer, policy }, { nextAt, signal: new AbortController().signal })
}

for await (const _ of setInterval(roundMs)) {
  // As a scheduler does: the next round makes up for one that failed.
  await round().catch(error => process.stderr.write(`a round failed: ${error}\n`))
}
