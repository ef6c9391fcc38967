import type { Registry } from 'prom-client'
import { metricsIn } from './define.ts'

/** What a process reports of the outbox. Only the one that relays knows; the others report 0. */
export interface OutboxMetrics {
  relayed(nodes: number): void
  refused(nodes: number): void
  /** How much is pending, and the age of the oldest in milliseconds. */
  backlog(backlog: { pending: number; oldestMs: number | null }): void
}

export function createOutboxMetrics(registry: Registry): OutboxMetrics {
  const { counter, gauge } = metricsIn(registry)
  const relayed = counter(
    'lw_outbox_relayed_total',
    'Recorded changes that were carried to the invalidate queue, or found invalidated already',
  )
  const refused = counter(
    'lw_outbox_refused_total',
    'Recorded changes that were put aside because they can never be delivered',
  )
  const pending = gauge('lw_outbox_pending', 'Recorded changes that wait to be relayed')
  const oldest = gauge('lw_outbox_oldest_seconds', 'How long the oldest of them has waited')
  return {
    relayed: nodes => relayed.inc(nodes),
    refused: nodes => refused.inc(nodes),
    backlog(now) {
      pending.set(now.pending)
      oldest.set((now.oldestMs ?? 0) / 1000)
    },
  }
}
