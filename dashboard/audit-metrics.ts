import { Counter, type Registry } from 'prom-client'
import { ageName, type Checked, type Fault, faults } from '../queues/audit.ts'

/** What a worker tells about the audits that it works on. */
export interface AuditMetrics {
  checked(checked: Checked): void
  /** So many entries had misled readers for so long: the name of an age. */
  inconsistent(age: string, count: number): void
  found(finding: { fault: Fault; repaired: boolean }): void
}

/** @param agesMs after how long what differs is looked at again, in milliseconds */
export function createAuditMetrics(registry: Registry, agesMs: readonly number[]): AuditMetrics {
  const registers = [registry]
  const checked = new Counter({
    name: 'lw_audit_checked_total',
    help: 'Cached entries that were compared with the truth',
    labelNames: ['kind'],
    registers,
  })
  const inconsistent = new Counter({
    name: 'lw_audit_inconsistent_total',
    help: 'Of these, entries by which readers were misled for as long as the age says, or longer',
    labelNames: ['age'],
    registers,
  })
  const found = new Counter({
    name: 'lw_audit_found_total',
    help: 'What was wrong at every look, by what was wrong',
    labelNames: ['fault'],
    registers,
  })
  const repaired = new Counter({
    name: 'lw_audit_repaired_total',
    help: 'What was found and invalidated',
    registers,
  })
  // There from the start, so that a rate is never missing its zero.
  for (const kind of ['flags', 'snapshot', 'entity', 'timeline']) checked.inc({ kind }, 0)
  for (const age of agesMs.map(ageName)) inconsistent.inc({ age }, 0)
  for (const fault of faults) found.inc({ fault }, 0)

  return {
    checked(counts) {
      for (const [kind, count] of Object.entries(counts)) checked.inc({ kind }, count)
    },
    inconsistent: (age, count) => inconsistent.inc({ age }, count),
    found(finding) {
      found.inc({ fault: finding.fault })
      if (finding.repaired) repaired.inc()
    },
  }
}
