import type { Action, ActionsPage } from '../../../queues/actions.ts'
import type { OperationsFigure } from '../../console/operations.ts'
import { now } from '../data/clock.ts'
import { given } from '../data/given.ts'
import { usePoll } from '../data/poll.ts'
import { ago, count } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Figure } from '../parts/figure.tsx'
import { Page } from '../parts/page.tsx'
import { Section } from '../parts/section.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { query, setQuery } from '../router.ts'
import { Filters } from './operations/filters.tsx'

const pageSize = 50
const filters = ['who', 'what', 'world'] as const

/** What was done by hand. Its filter and its page stand in the address: `?who=ops&what=warm&world=xah&from=50`. */
export function Operations() {
  const asked = new URLSearchParams({ limit: String(pageSize), offset: String(offset()) })
  for (const name of filters) {
    const value = query.value.get(name)
    if (value) asked.set(name, value)
  }
  const figure = usePoll<OperationsFigure>(`/api/v1/console/operations?${asked}`).value
  return (
    <Page title="Operations">
      <Section title="Done by hand">
        <Figure of={figure} what="What was done by hand">
          {answer => (
            <Figure of={answer} what="What was done by hand">
              {page => <Done page={page} />}
            </Figure>
          )}
        </Figure>
      </Section>
    </Page>
  )
}

const offset = (): number => Math.max(0, Number.parseInt(query.value.get('from') ?? '0', 10) || 0)

function Done({ page }: { page: ActionsPage }) {
  const isFiltered = filters.some(name => query.value.has(name))
  if (page.total === 0 && !isFiltered)
    return <Empty>Nothing yet. What operators do by hand, here or in Bull Board, is listed here.</Empty>
  return (
    <>
      <Filters page={page} />
      {page.actions.length === 0 ? (
        <Empty>Nothing of what is kept fits this filter.</Empty>
      ) : (
        <Table caption="Done by hand" keyOf={keyOf} rows={page.actions} columns={columns} />
      )}
      <Pages page={page} />
    </>
  )
}

function Pages({ page: { total, actions } }: { page: ActionsPage }) {
  const from = offset()
  const to = (next: number) => setQuery({ from: next === 0 ? null : String(next) })
  return (
    <p class="pages">
      {actions.length > 0 && `${count(from + 1)} to ${count(from + actions.length)} of ${count(total)}`}{' '}
      {from > 0 && (
        <button type="button" onClick={() => to(Math.max(0, from - pageSize))}>
          Newer
        </button>
      )}{' '}
      {from + actions.length < total && (
        <button type="button" onClick={() => to(from + pageSize)}>
          Older
        </button>
      )}
    </p>
  )
}

const keyOf = ({ at, who, what, on, job }: Action) => `${at} ${who} ${what} ${on} ${job?.id}`

const columns: readonly Column<Action>[] = [
  {
    head: 'When',
    cell: ({ at }) => (
      <time dateTime={new Date(at).toISOString()} title={new Date(at).toISOString()}>
        {ago(at, now.value)}
      </time>
    ),
  },
  { head: 'Who', cell: ({ who }) => who },
  { head: 'What', cell: ({ what }) => what },
  { head: 'On', isText: true, cell: ({ on }) => on },
  {
    head: 'World',
    cell: ({ worldId }) =>
      worldId === undefined ? '' : <a href={`/worlds/${encodeURIComponent(worldId)}`}>{worldId}</a>,
  },
  { head: 'Job', cell: ({ job }) => job && <JobLink job={job} /> },
  { head: 'Outcome', cell: ({ status }) => <Outcome status={status} /> },
]

/** Bull Board is for operators; others read the number. */
function JobLink({ job: { queue, id } }: { job: NonNullable<Action['job']> }) {
  const name = `${queue} ${id}`
  if (!given.operates) return <>{name}</>
  return <a href={`/queues/queue/${encodeURIComponent(queue)}/${encodeURIComponent(id)}`}>{name}</a>
}

function Outcome({ status }: { status: number }) {
  if (status === 202) return <>begun</>
  if (status < 400) return <>done</>
  return (
    <strong class="bad">
      {status < 500 ? 'refused' : 'failed'} ({status})
    </strong>
  )
}
