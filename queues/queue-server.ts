import type { Queue } from 'bullmq'
import { redisInfo } from '../resilience/redis-info.ts'
import { queueAnswered } from './redis.ts'

/** The server of the queues. What it does not report is undefined: a managed Redis may hide some of it. */
export interface QueueServer {
  usedBytes: number | undefined
  /** Where it takes no more; 0 for no limit. */
  limitBytes: number | undefined
  /**
   * How it may lose a job: it `evicts` what it holds, it has `no-file` that it appends to, or its last write to that
   * file failed (`file-failing`).
   */
  inDanger: Record<'evicts' | 'no-file' | 'file-failing', boolean | undefined>
}

/** The server that these queues share, at least one. Throws `QueueUnavailable`. */
export async function readQueueServer([queue]: readonly Queue[]): Promise<QueueServer> {
  if (!queue) throw new Error('readQueueServer needs a queue')
  const info = redisInfo(await queueAnswered(queueInfo(queue)))
  const number = (name: string) => (info.has(name) ? Number(info.get(name)) : undefined)
  const differs = (name: string, right: string) => (info.has(name) ? info.get(name) !== right : undefined)
  return {
    usedBytes: number('used_memory'),
    limitBytes: number('maxmemory'),
    inDanger: {
      evicts: differs('maxmemory_policy', 'noeviction'),
      'no-file': differs('aof_enabled', '1'),
      'file-failing': differs('aof_last_write_status', 'ok'),
    },
  }
}

export const queueInfo = async (queue: Queue): Promise<string> => (await queue.getBackend().client).info()
