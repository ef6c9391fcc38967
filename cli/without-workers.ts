import type { Hearth } from '../hearth.ts'
import { note } from './print.ts'

/** Tells whoever is about to wait for a job that nobody will do it. */
export async function warnWithoutWorkers({ producer }: Pick<Hearth, 'producer'>): Promise<void> {
  const counts = await Promise.all(producer.queues.map(queue => queue.getWorkersCount()))
  if (counts.every(workers => workers === 0)) {
    note('No worker is running; the job waits for one: start it with `hearth worker`.')
  }
}
