import type { Queue } from 'bullmq'

/** What the queues' Redis tells of itself. */
export const queueInfo = async (queue: Queue): Promise<string> => (await queue.getBackend().client).info()

/** The facts of Redis' INFO, `name:value` a line each. A managed Redis may hide some of them. */
export function redisInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter(line => line.includes(':'))
  return new Map(
    lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const),
  )
}
