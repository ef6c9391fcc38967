import type { WarmthRow } from '../../../../cache/warmth.ts'
import type { WarmthView } from '../../../console/world/view.ts'
import { given } from '../../data/given.ts'
import { sum } from '../../data/sum.ts'
import { bytes, count, none, or } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { Meter } from '../../parts/meter.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { KindButtons } from './kind-buttons.tsx'

/** What of the world is cached, by kind, beside what its source has. */
export function Warmth({ worldId, warmth }: { worldId: string; warmth: WarmthView }) {
  const rows = warmth.rows.filter(
    ({ exists, present, absences, loading }) => (exists ?? 0) + present + absences + loading > 0,
  )
  const present = sum(rows.map(row => row.present))
  const { exists, sourceError, isWhole } = warmth
  const share = percentOf(present, exists)
  return (
    <>
      <Meter label={`How warm ${worldId} is`} percent={share ?? 0} text={overall(present, exists, share)} />
      <p>{overall(present, exists, share)}</p>
      {exists === null && (
        <p class="as-of">
          How much there is in the source is not known
          {sourceError === null
            ? ': it has more than 10,000 entities, or is being asked'
            : `: ${sourceError}`}
          . What follows is of what was cached.
        </p>
      )}
      {!isWhole && <p class="as-of">It is so large that the first 50,000 entries were counted.</p>}
      {rows.length === 0 ? (
        <Empty>Nothing of this world is cached. Warm loads it; so does every read.</Empty>
      ) : (
        <Table
          caption="Warmth by kind"
          rows={rows}
          keyOf={({ what }) => what}
          columns={[
            { head: 'Kind', cell: ({ what }) => what },
            { head: 'Cached', isNumber: true, cell: row => count(row.present) },
            { head: 'In the source', isNumber: true, cell: row => or(row.exists, count) },
            {
              head: 'Warm',
              isNumber: true,
              cell: row => or(percentOf(row.present, row.exists), n => `${n} %`),
            },
            { head: 'Remembered as missing', isNumber: true, cell: row => count(row.absences) },
            { head: 'Being loaded', isNumber: true, isExtra: true, cell: row => count(row.loading) },
            {
              head: 'Size',
              isNumber: true,
              isExtra: true,
              cell: row => (row.present === 0 ? none : bytes(row.bytes)),
            },
            ...(given.operates ? [byHand(worldId, rows)] : []),
          ]}
        />
      )}
    </>
  )
}

/** Once for each kind: the buttons of one that has types act on all of them. */
const byHand = (worldId: string, rows: readonly WarmthRow[]): Column<WarmthRow> => ({
  head: 'By hand',
  cell: row =>
    row === rows.find(({ kind }) => kind === row.kind) && (
      <>
        {row.kind !== row.what && <span class="note">all of {row.kind}: </span>}
        <KindButtons worldId={worldId} kind={row.kind} />
      </>
    ),
})

function overall(present: number, exists: number | null, share: number | null): string {
  if (exists === null || share === null) return `${count(present)} entries are cached`
  return `${share} % warm: ${count(present)} of ${count(exists)} entries that exist`
}

function percentOf(present: number, exists: number | null): number | null {
  if (exists === null) return null
  return exists === 0 ? 100 : Math.min(100, Math.floor((100 * present) / exists))
}
