import { Counter, Gauge, type Registry } from 'prom-client'

/** What a process tells about pending events: workers what they flushed, and the one that acts how much there is. */
export interface PendingMetrics {
  flushed(result: { flushed: number; refused: number }): void
  /** Over all worlds; the processes that do not act say 0. */
  backlog(totals: { pending: number; dead: number; oldestMs: number }): void
}

export function createPendingMetrics(registry: Registry): PendingMetrics {
  const registers = [registry]
  const flushed = new Counter({
    name: 'lw_events_flushed_total',
    help: 'Accepted events that were written to the truth',
    registers,
  })
  const refused = new Counter({
    name: 'lw_events_refused_total',
    help: 'Accepted events that were set aside because the truth will never take them',
    registers,
  })
  const pending = new Gauge({
    name: 'lw_events_pending',
    help: 'Accepted events that are not yet in the truth',
    registers,
  })
  const dead = new Gauge({
    name: 'lw_events_dead',
    help: 'Events that were set aside and wait for somebody to look at them',
    registers,
  })
  const oldest = new Gauge({
    name: 'lw_events_pending_oldest_seconds',
    help: 'How long the oldest pending event has waited',
    registers,
  })
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
