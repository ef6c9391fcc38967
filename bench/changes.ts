import type { Bench } from './bench.ts'
import { measureDirect } from './changes/direct.ts'
import { measureJobs } from './changes/jobs.ts'
import { measureOutbox } from './changes/outbox.ts'
import { openNeo4j, openRedis } from './servers.ts'

/** The cost of a change: of its direct invalidation, of its job, and of recording and relaying it. */
export async function changes(bench: Bench): Promise<void> {
  const [cache, queue] = [await openRedis(bench, 'cache'), await openRedis(bench, 'queue')]
  await measureDirect(bench, { cache, queue })
  await measureJobs(bench, { cache, queue })
  await measureOutbox(bench, { cache, queue, neo4j: await openNeo4j(bench) })
}
