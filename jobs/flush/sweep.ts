import { chunk } from 'es-toolkit'
import { object } from '../../model/arguments.ts'
import type { Pending } from '../../queues/pending.ts'
import type { Producer } from '../../queues/producer.ts'
import { flushWorldJob } from './payload.ts'

export interface SweepDeps {
  pending: Pick<Pending, 'worlds'>
  producer: Pick<Producer, 'addAll'>
}

/** Worlds in one call. */
const batch = 1_000

/**
 * Enqueues a flush for every world with pending events that has none: the process that accepted them may have died
 * before it could. Where one waits already, that one stays the only one. Returns how many worlds have pending events.
 */
export async function sweepPending(hearth: SweepDeps): Promise<number> {
  const { pending, producer } = object(hearth, 'hearth') as unknown as SweepDeps
  const worlds = await pending.worlds()
  for (const part of chunk(worlds, batch)) {
    await producer.addAll(
      flushWorldJob,
      part.map(worldId => ({ payload: { worldId } })),
    )
  }
  return worlds.length
}
