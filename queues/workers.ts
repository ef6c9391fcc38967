import type { Queue } from 'bullmq'

/** What BullMQ's workers call their connections: a prefix, and the queue's name in base64. */
const namePattern = /(?:^| )name=(?<prefix>\S+?):(?<queue>[A-Za-z0-9+/=]+)(?::w:\S*)?(?= |$)/

/** Which prefixes have a worker of one of these queues on this server; `unknown` where it does not list its clients. */
export async function prefixesWithWorkers(queues: readonly Queue[]): Promise<string[] | 'unknown'> {
  const [queue] = queues
  if (!queue) return 'unknown'
  const encoded = new Set(queues.map(({ name }) => Buffer.from(name).toString('base64')))
  const clients = await queue
    .getBackend()
    .getClientList()
    .catch(() => undefined)
  if (!clients) return 'unknown'
  const prefixes = new Set<string>()
  for (const line of clients.join('\n').split(/\r?\n/)) {
    const { prefix, queue = '' } = namePattern.exec(line)?.groups ?? {}
    if (prefix !== undefined && encoded.has(queue)) prefixes.add(prefix)
  }
  return [...prefixes].sort()
}
