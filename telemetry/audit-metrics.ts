import type { Registry } from 'prom-client'
import { builtInKinds } from '../model/built-in-kinds.ts'
import type { Kind } from '../model/kind.ts'
import { metricsIn } from './define.ts'

/** What a worker reports of the audits that it works on. */
export interface AuditMetrics {
  /** Compared entries, by kind. */
  checked(counts: Readonly<Record<string, number>>): void
  /** How many entries had misled readers for an age, by the age's name. */
  inconsistent(age: string, count: number): void
  found(finding: { fault: string; repaired: boolean }): void
}

/** @param ages names of the ages at which what differs is compared again, such as `10s` */
export function createAuditMetrics(
  registry: Registry,
  {
    ages,
    faults,
    kinds = builtInKinds,
  }: { ages: readonly string[]; faults: readonly string[]; kinds?: readonly Kind[] },
): AuditMetrics {
  const { counter } = metricsIn(registry)
  const checked = counter(
    'lw_audit_checked_total',
    'Cached entries that were compared with the source',
    'kind',
  )
  const inconsistent = counter(
    'lw_audit_inconsistent_total',
    'Of these, entries by which readers were misled for as long as the age says, or longer',
    'age',
  )
  const found = counter('lw_audit_found_total', 'What was wrong at every look, by what was wrong', 'fault')
  const repaired = counter('lw_audit_repaired_total', 'What was found and invalidated')
  // There from the start, so that a rate is never missing its zero.
  for (const { name: kind } of kinds) checked.inc({ kind }, 0)
  for (const age of ages) inconsistent.inc({ age }, 0)
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
