import { useSignal } from '@preact/signals'
import type { WorldsPage } from '../../console/worlds/table.ts'
import { given } from '../data/given.ts'
import { usePoll } from '../data/poll.ts'
import { count } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Figure } from '../parts/figure.tsx'
import { Page } from '../parts/page.tsx'
import { ActionsBar } from './worlds/actions-bar.tsx'
import { Ages } from './worlds/ages.tsx'
import { asked, hrefAt, pageSize, url } from './worlds/asked.ts'
import { Filters } from './worlds/filters.tsx'
import { Rows } from './worlds/rows.tsx'

/** All worlds that were activated or read in the last day, by any of their figures. */
export function Worlds() {
  const page = usePoll<WorldsPage>(url.value, 2_000)
  return (
    <Page title="Worlds">
      <Filters />
      <Figure of={page.value} what="The worlds">
        {found => (found.total === 0 ? <NoWorlds ages={found.ages} /> : <Found page={found} />)}
      </Figure>
    </Page>
  )
}

/** Where the list is not known, there may be worlds all the same. */
const NoWorlds = ({ ages }: Pick<WorldsPage, 'ages'>) =>
  ages.list.at === null ? (
    <Ages ages={ages} />
  ) : (
    <Empty>
      No world was activated or read in the last day. A game warms one when it is played:{' '}
      <code>hearth.activated(world)</code>, or <code>{'hearth activate <world>'}</code> by hand.
    </Empty>
  )

function Found({ page: { rows, matching, total, ages } }: { page: WorldsPage }) {
  const selected = useSignal<ReadonlySet<string>>(new Set())
  const shown = rows.map(({ id }) => id).filter(id => selected.value.has(id))
  const set = (ids: readonly string[], isSelected: boolean) => {
    const next = new Set(selected.value)
    for (const id of ids) isSelected ? next.add(id) : next.delete(id)
    selected.value = next
  }
  return (
    <>
      {given.operates && rows.length > 0 && (
        <div class="selection">
          <label>
            <input
              type="checkbox"
              checked={shown.length === rows.length}
              onChange={({ currentTarget }) =>
                set(
                  rows.map(({ id }) => id),
                  currentTarget.checked,
                )
              }
            />{' '}
            All {count(rows.length)} shown
          </label>{' '}
          <span role="status">{count(shown.length)} selected</span>
          <ActionsBar worldIds={shown} of="the selected worlds" />
        </div>
      )}
      {rows.length > 0 ? (
        <Rows rows={rows} selected={selected.value} select={(id, isSelected) => set([id], isSelected)} />
      ) : (
        <Empty>No world is like that. {count(total)} are without these filters.</Empty>
      )}
      <Paging matching={matching} />
      <Ages ages={ages} />
    </>
  )
}

function Paging({ matching }: { matching: number }) {
  const { offset } = asked.value
  const last = Math.min(matching, offset + pageSize)
  return (
    <nav class="paging" aria-label="Parts of the table">
      {offset > 0 && <a href={hrefAt(Math.max(0, offset - pageSize))}>Previous</a>}{' '}
      <span>
        {matching === 0 ? 'None' : `${count(Math.min(offset + 1, matching))} to ${count(last)}`} of{' '}
        {count(matching)}
      </span>{' '}
      {last < matching && <a href={hrefAt(offset + pageSize)}>Next</a>}
    </nav>
  )
}
