import type { Registry } from 'prom-client'
import { metricsIn } from './define.ts'

/** What a process reports of pending events: workers what they flushed, and the one that acts how much there is. */
export interface PendingMetrics {
  flushed(result: { flushed: number; refused: number }): void
  /** Over all worlds; the processes that do not act report 0. */
  backlog(totals: { pending: number; dead: number; oldestMs: number }): void
}

export function createPendingMetrics(registry: Registry): PendingMetrics {
  const { counter, gauge } = metricsIn(registry)
  const flushed = counter('lw_events_flushed_total', 'Accepted events that were written to the source')
  const refused = counter(
    'lw_events_refused_total',
    'Accepted events that were set aside because the source will never take them',
  )
  const pending = gauge('lw_events_pending', 'Accepted events that are not yet in the source')
  const dead = gauge('lw_events_dead', 'Events that were set aside and wait for an operator')
  const oldest = gauge('lw_events_pending_oldest_seconds', 'How long the oldest pending event has waited')
  return {
    flushed(result) {
      flushed.inc(result.flushed)
      refused.inc(result.refused)
    },
    backlog(totals) {
      pending.set(totals.pending)
      dead.set(totals.dead)
      oldest.set(totals.oldestMs / 1000)
    },
  }
}
