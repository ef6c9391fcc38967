import type { AuditDay } from '../../../console/consistency.ts'
import { count } from '../../data/words.ts'
import { Table } from '../../parts/table.tsx'
import { ageInWords, nines } from './nines.ts'

/** The nines of each day (UTC), so that a bad one does not vanish in the week. */
export const Days = ({ days }: { days: readonly AuditDay[] }) => (
  <Table
    caption="Day by day"
    keyOf={({ day }) => day}
    rows={days}
    columns={[
      { head: 'Day', cell: ({ day }) => day },
      { head: 'Checked', isNumber: true, cell: ({ checked }) => count(checked) },
      ...(days[0]?.misled ?? []).map(({ age }, i) => ({
        head: `Within ${ageInWords(age)}`,
        isNumber: true,
        cell: ({ checked, misled }: AuditDay) => nines(checked, misled[i]?.entries ?? 0),
      })),
      { head: 'Found', isNumber: true, cell: ({ found }) => count(found) },
      { head: 'Repaired', isNumber: true, cell: ({ repaired }) => count(repaired) },
    ]}
  />
)
