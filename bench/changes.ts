import type { Bench } from './bench.ts'
import { measureDirect } from './changes/direct.ts'
import { measureJobs } from './changes/jobs.ts'
import { measureOutbox } from './changes/outbox.ts'
import { openNeo4j, openRedis } from './servers.ts'

/** What a change costs: seen at once, made sure of by a job, recorded in the outbox and relayed. */
export async function changes(bench: Bench): Promise<void> {
  const [cache, queue] = [await openRedis(bench, 'cache'), await openRedis(bench, 'queue')]
  await measureDirect(bench, { cache, queue })
  await measureJobs(bench, { cache, queue })
  await measureOutbox(bench, { cache, queue, neo4j: await openNeo4j(bench) })
}
