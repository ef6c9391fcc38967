import type { AuditLog, KeptFinding } from '../../jobs/audit/log.ts'

/** What the audits of the last week came to. */
export interface AuditRow {
  checked: number
  found: number
  repaired: number
  /** Of what was checked, how many entries had misled readers for so long: the last two ages, such as `1m` and `5m`. */
  misled: { age: string; entries: number }[]
  /** How many different things were found. */
  total: number
  /** The last of them. */
  findings: KeptFinding[]
}

const mostShown = 50
/** Of the ages at which differences are looked at again, the last ones are what a promise can be made of. */
const agesShown = 2

/** What the audits of the fleet came to in the last week. Rejects with `QueueUnavailable`. */
export async function auditRow(log: AuditLog): Promise<AuditRow> {
  const [counts, { findings, total }] = await Promise.all([log.counts(), log.newest(mostShown)])
  const { checked = 0, found = 0, repaired = 0 } = counts
  const ages = Object.keys(counts)
    .filter(name => name.startsWith('age:'))
    .map(name => name.slice('age:'.length))
    .sort((a, b) => msOf(a) - msOf(b))
    .slice(-agesShown)
  return {
    checked,
    found,
    repaired,
    total,
    misled: misledIn(counts, ages),
    findings,
  }
}

/** How many of the entries had misled readers for so long. */
export const misledIn = (
  counts: Readonly<Record<string, number>>,
  ages: readonly string[],
): AuditRow['misled'] => ages.map(age => ({ age, entries: counts[`age:${age}`] ?? 0 }))

const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000 }

/** Of the name of an age. */
function msOf(age: string): number {
  const [, amount = '0', unit = ''] = /^(\d+)(ms|s|m)$/.exec(age) ?? []
  return Number(amount) * (units[unit] ?? 1)
}
