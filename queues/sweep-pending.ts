import { object } from '../arguments.ts'
import type { Pending } from './pending.ts'
import type { Producer } from './producer.ts'

export interface SweepDeps {
  pending: Pick<Pending<{ event_id: string }>, 'worlds'>
  producer: Pick<Producer, 'flush'>
}

const atOnce = 1_000

/**
 * Has a flush enqueued for every world with pending events that has none: whoever accepted them may have died before
 * he could. Where one waits already, that one stays the only one. Returns how many worlds have pending events.
 */
export async function sweepPending(hearth: SweepDeps): Promise<number> {
  const { pending, producer } = object(hearth, 'hearth') as unknown as SweepDeps
  const worlds = await pending.worlds()
  for (let from = 0; from < worlds.length; from += atOnce) {
    await producer.flush(worlds.slice(from, from + atOnce))
  }
  return worlds.length
}
