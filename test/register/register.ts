import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type RegisterReport, type RunOptions, runFleet } from './run.ts'

export interface RegisterOptions
  extends Pick<RunOptions, 'redisUrl' | 'queueUrl' | 'neo4jAuth' | 'leaseCheck'> {
  /** At least. */
  seconds: number
  /** It goes on until there were as many reads: a machine may be busy. Default 0. */
  leastReads?: number
  /** How long the cache's Redis does not answer, beginning after one second. Milliseconds, default 0. */
  stallMs?: number
}

/**
 * The register test without a near cache: 68 values that only grow, in 4 processes on one Redis and one Neo4j, with
 * random reads, writes in all ways, warms and refreshes. After a change was acknowledged no read begun later may return
 * an older value.
 */
export function runRegister({
  seconds,
  leastReads = 0,
  stallMs = 0,
  ...options
}: RegisterOptions): Promise<RegisterReport> {
  return runFleet({ ...options, processes: 4, entities: 40, others: 9 }, async fleet => {
    await Promise.all([sleep(seconds * 1_000), stall(options.redisUrl, stallMs)])
    await fleet.until(() => fleet.counts().reads >= leastReads, `${leastReads} reads in all`)
  })
}

async function stall(redisUrl: string, ms: number): Promise<void> {
  if (ms === 0) return
  const redis = new Redis(redisUrl)
  await sleep(1_000)
  await redis.client('PAUSE', ms)
  redis.disconnect()
}
