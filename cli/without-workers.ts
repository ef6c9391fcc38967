import type { Parts } from '../hearth/parts.ts'
import type { QueuePlace } from '../queues/connect.ts'
import { prefixesWithWorkers } from '../queues/workers.ts'
import { addressOf } from '../resilience/redis-words.ts'
import { note } from './terminal.ts'

interface Warning {
  /** A worker that is just starting gets so long. Milliseconds, default 5,000. */
  afterMs?: number
  say?(what: string): void
}

/** While a command waits for a job: says for which workers, once, where none has answered for some seconds. */
export function warnWithoutWorkers(
  { producer }: Pick<Parts, 'producer'>,
  { address, prefix }: Required<QueuePlace>,
  { afterMs = 5_000, say = note }: Warning = {},
): { stop(): void } {
  const look = async () => {
    const prefixes = await prefixesWithWorkers(producer.queues)
    if (prefixes === 'unknown' || prefixes.includes(prefix)) return
    const flag = (other: string) => `--queue-prefix ${other} (or HEARTH_QUEUE_PREFIX=${other})`
    const others =
      prefixes.length > 0
        ? ` There are workers of other prefixes: say ${prefixes.map(flag).join(', or ')}.`
        : ''
    say(
      `No worker answers for the prefix ${JSON.stringify(prefix)} at ${addressOf(address)}; the job waits for one: ` +
        `start it with \`hearth worker\`.${others}`,
    )
  }
  const timer = setTimeout(() => look().catch(() => {}), afterMs) // what waits for the job says that Redis is away
  return { stop: () => clearTimeout(timer) }
}
