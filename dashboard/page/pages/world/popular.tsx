import { useSignal } from '@preact/signals'
import type { PopularEntityRow } from '../../../console/world/view.ts'
import { operateMany } from '../../data/bulk.ts'
import { overview } from '../../data/feed.ts'
import { given } from '../../data/given.ts'
import { count, duration, none, or, rate } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { SelectBox } from '../../parts/select-box.tsx'
import { type Column, Table } from '../../parts/table.tsx'

interface PopularProps {
  worldId: string
  rows: readonly PopularEntityRow[]
}

/** The entities that are read most, and what can be done to a selection of them. */
export function Popular({ worldId, rows }: PopularProps) {
  const selected = useSignal<ReadonlySet<string>>(new Set())
  const shown = rows.map(({ id }) => id).filter(id => selected.value.has(id))
  const select = (id: string, isSelected: boolean) => {
    const next = new Set(selected.value)
    if (isSelected) next.add(id)
    else next.delete(id)
    selected.value = next
  }
  if (rows.length === 0)
    return <Empty>Nothing of this world was read lately. Reads of games are counted.</Empty>
  return (
    <>
      {given.operates && (
        <div class="selection">
          <span role="status">{count(shown.length)} selected</span>
          <EntityButtons worldId={worldId} ids={shown} />
        </div>
      )}
      <Table
        caption="Most read entities"
        rows={rows}
        keyOf={({ id }) => id}
        columns={columnsOf(selected.value, select)}
      />
      <p class="note">
        Reads a second contain those that were served near, in the memory of processes. How many these are is
        counted for the fleet alone, on <a href="/">Now</a>.
      </p>
    </>
  )
}

function EntityButtons({ worldId, ids }: { worldId: string; ids: readonly string[] }) {
  const kinds = overview.value?.countedKinds ?? []
  const subject = `${ids.length === 1 ? ids[0] : `${count(ids.length)} entities`} of ${worldId}`
  const url = `/api/v1/worlds/${encodeURIComponent(worldId)}`
  const refresh = () =>
    operateMany({
      doIt: 'Refresh',
      subject,
      text: 'Their timelines are loaded anew. Readers have the present values until then.',
      requests: [{ name: worldId, url: `${url}/refresh`, body: { entities: ids } }],
    })
  const invalidate = () =>
    operateMany({
      doIt: 'Invalidate',
      subject,
      text: `Their entries (${kinds.join(', ')}) are thrown away; the next reads load them from the source.`,
      requests: [
        {
          name: worldId,
          url: `${url}/invalidate`,
          body: { targets: ids.flatMap(id => kinds.map(kind => ({ kind, id }))) },
        },
      ],
    })
  return (
    <div class="buttons">
      <button
        type="button"
        disabled={ids.length === 0}
        aria-label="Refresh the selected entities"
        onClick={refresh}
      >
        Refresh
      </button>
      <button
        type="button"
        disabled={ids.length === 0 || kinds.length === 0}
        aria-label="Invalidate the selected entities"
        onClick={invalidate}
      >
        Invalidate
      </button>
    </div>
  )
}

const columnsOf = (
  selected: ReadonlySet<string>,
  select: (id: string, isSelected: boolean) => void,
): Column<PopularEntityRow>[] => [
  {
    head: 'Entity',
    isText: true,
    cell: ({ id, name }) => (
      <>
        <SelectBox id={id} selected={selected} select={select} /> {name === null ? id : `${name} (${id})`}
      </>
    ),
  },
  { head: 'Place', isNumber: true, cell: ({ place }) => place },
  { head: 'Type', isExtra: true, cell: ({ type }) => type ?? none },
  { head: 'Reads/s', isNumber: true, cell: ({ perSecond }) => rate(perSecond) },
  { head: 'Age, about', isNumber: true, isExtra: true, cell: ({ ageMs }) => or(ageMs, duration) },
  { head: 'Expires in', isNumber: true, cell: ({ ttlMs }) => (ttlMs === null ? 'cold' : duration(ttlMs)) },
]
