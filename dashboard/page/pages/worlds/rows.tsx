import type { WorldRow } from '../../../console/worlds/row.ts'
import { now } from '../../data/clock.ts'
import { boardLink } from '../../data/operations.ts'
import { ago, count, none, or, rate } from '../../data/words.ts'
import { Meter } from '../../parts/meter.tsx'
import { SelectBox } from '../../parts/select-box.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { setQuery } from '../../router.ts'
import { asked } from './asked.ts'

interface RowsProps {
  rows: readonly WorldRow[]
  selected: ReadonlySet<string>
  select(id: string, isSelected: boolean): void
}

/** The table of the worlds. Sorting asks the server, which sorts all of them. */
export function Rows({ rows, selected, select }: RowsProps) {
  const { sort, isDescending } = asked.value
  return (
    <Table
      caption="Worlds"
      rows={rows}
      keyOf={({ id }) => id}
      columns={columnsOf(selected, select)}
      sorting={{
        by: sort,
        isDescending,
        sort: (by, descending) => setQuery({ sort: by, order: descending ? null : 'asc', offset: null }),
      }}
    />
  )
}

const columnsOf = (selected: RowsProps['selected'], select: RowsProps['select']): Column<WorldRow>[] => [
  {
    head: 'World',
    sortsBy: 'id',
    isText: true,
    cell: ({ id }) => (
      <>
        <SelectBox id={id} selected={selected} select={select} />{' '}
        <a href={`/worlds/${encodeURIComponent(id)}`}>{id}</a>
      </>
    ),
  },
  { head: 'Warm', sortsBy: 'warmShare', cell: row => <Warm row={row} /> },
  {
    head: 'Entries',
    isNumber: true,
    isExtra: true,
    cell: ({ present, expected }) => `${or(present, count)} of ${or(expected, count)}`,
  },
  { head: 'Hit rate', sortsBy: 'hitRate', isNumber: true, cell: ({ hitRate }) => or(hitRate, percent) },
  { head: 'Reads/s', sortsBy: 'perSecond', isNumber: true, cell: ({ perSecond }) => or(perSecond, rate) },
  { head: 'Hot', sortsBy: 'hot', isNumber: true, isExtra: true, cell: ({ hot }) => or(hot, count) },
  { head: 'Pending', sortsBy: 'pending', isNumber: true, cell: ({ pending }) => or(pending, count) },
  {
    head: 'Last active',
    sortsBy: 'lastActiveAt',
    isNumber: true,
    cell: ({ lastActiveAt, isActive }) =>
      `${or(lastActiveAt, at => ago(at, now.value))}${isActive || lastActiveAt === null ? '' : ', deactivated'}`,
  },
]

const percent = (share: number) => `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`

/** While it is being warmed, what the job says is newer than the last count. */
function Warm({ row: { id, warming, warmShare, present, expected, isCounted } }: { row: WorldRow }) {
  if (warming) {
    const { done, total, state } = warming
    const text =
      done === null
        ? state === 'waiting'
          ? 'waits for a worker'
          : state
        : `${count(done)} of ${or(total, count)}`
    const share = done !== null && total ? Math.min(100, Math.floor((100 * done) / total)) : 0
    return (
      <>
        <Meter label={`How warm ${id} is`} percent={share} text={text} isBusy />
        <a href={boardLink({ queue: 'warm', id: warming.id })}>{text}</a>
      </>
    )
  }
  if (present === null) return 'not known'
  if (expected === null) return 'never warmed'
  const text = warmShare === null ? none : `${isCounted ? '' : 'at most '}${Math.floor(warmShare * 100)} %`
  return (
    <>
      <Meter label={`How warm ${id} is`} percent={Math.floor((warmShare ?? 0) * 100)} text={text} />
      {text}
    </>
  )
}
