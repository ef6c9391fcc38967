import { Queue, Worker } from 'bullmq'
import { onTestFinished } from 'vitest'
import { redisUrl } from './servers.ts'

/** A queue `warm` only for this test, and a worker whose first run of each job fails; the next one returns `result`. */
export async function failingOnce(result: object) {
  const prefix = `hearth-test-${crypto.randomUUID()}`
  const connection = { url: redisUrl() }
  const queue = new Queue('warm', { connection, prefix })
  const worker = new Worker(
    'warm',
    async job => {
      if (job.attemptsMade === 0) throw new Error('Neo4j is away')
      return result
    },
    { connection, prefix },
  )
  onTestFinished(async () => {
    await worker.close()
    await queue.obliterate({ force: true })
    await queue.close()
  })
  await worker.waitUntilReady()
  return { queue, worker }
}
