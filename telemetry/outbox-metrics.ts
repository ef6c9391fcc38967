import { Counter, Gauge, type Registry } from 'prom-client'

/** What a process tells about the outbox. Only the one that relays knows; the others say 0. */
export interface OutboxMetrics {
  relayed(nodes: number): void
  refused(nodes: number): void
  /** How much is pending, and the age of the oldest in milliseconds. */
  backlog(backlog: { pending: number; oldestMs: number | null }): void
}

export function createOutboxMetrics(registry: Registry): OutboxMetrics {
  const registers = [registry]
  const relayed = new Counter({
    name: 'lw_outbox_relayed_total',
    help: 'Recorded changes that were carried to the invalidate queue, or found invalidated already',
    registers,
  })
  const refused = new Counter({
    name: 'lw_outbox_refused_total',
    help: 'Recorded changes that were put aside because they can never be delivered',
    registers,
  })
  const pending = new Gauge({
    name: 'lw_outbox_pending',
    help: 'Recorded changes that wait to be relayed',
    registers,
  })
  const oldest = new Gauge({
    name: 'lw_outbox_oldest_seconds',
    help: 'How long the oldest of them has waited',
    registers,
  })
  return {
    relayed: nodes => relayed.inc(nodes),
    refused: nodes => refused.inc(nodes),
    backlog(now) {
      pending.set(now.pending)
      oldest.set((now.oldestMs ?? 0) / 1000)
    },
  }
}
