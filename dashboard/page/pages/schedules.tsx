import type { Figure as FigureOf } from '../../console/figure.ts'
import type { ScheduleRow } from '../../console/schedule-row.ts'
import { now } from '../data/clock.ts'
import { usePoll } from '../data/poll.ts'
import { ago, count, duration, or } from '../data/words.ts'
import { Empty } from '../parts/empty.tsx'
import { Figure } from '../parts/figure.tsx'
import { Page } from '../parts/page.tsx'
import { Table } from '../parts/table.tsx'
import { Next, overdueBy } from './schedules/next.tsx'

/** What the rounds of Hearth do; a round of another version may have no words here. */
const purposes: Record<string, string> = {
  refresh: 'loads popular entries anew before they expire',
  decay: 'lets popularity fade',
  prune: 'forgets what is no longer read',
  sweep: 'enqueues what was left behind: pending events, worlds not warmed',
  audit: 'compares a sample of the cache with the source',
  'audit-all': 'compares whole worlds with the source',
}

/** When each round ran, how it ended, and when it is due; one that no scheduler runs is overdue. */
export function Schedules() {
  const answer = usePoll<FigureOf<ScheduleRow[]>>('/api/v1/console/schedules')
  return (
    <Page title="Schedules">
      <Figure of={answer.value} what="The rounds">
        {rounds => (
          <Figure of={rounds} what="The rounds">
            {rows => (rows.length === 0 ? <NoRounds /> : <Rounds rows={rows} />)}
          </Figure>
        )}
      </Figure>
    </Page>
  )
}

const NoRounds = () => (
  <Empty>
    No round has run. <code>hearth scheduler</code> runs them: it refreshes what is popular before it expires,
    audits samples, and enqueues what was left behind.
  </Empty>
)

function Rounds({ rows }: { rows: readonly ScheduleRow[] }) {
  const at = now.value
  const overdue = rows.filter(({ nextRunAt }) => overdueBy(nextRunAt, at) > 0)
  return (
    <>
      {overdue.length > 0 && (
        <p class="problem">
          <strong>{overdue.map(({ name }) => name).join(', ')}</strong>: overdue, so that no scheduler runs{' '}
          {overdue.length === 1 ? 'it' : 'them'}. Start one with <code>hearth scheduler</code>.
        </p>
      )}
      <Table
        caption="Rounds"
        keyOf={({ name }) => name}
        rows={rows}
        columns={[
          { head: 'Round', cell: ({ name }) => name },
          { head: 'Next', cell: ({ nextRunAt }) => <Next nextRunAt={nextRunAt} at={at} /> },
          { head: 'Last', cell: ({ lastRunAt }) => or(lastRunAt, then => ago(then, at)) },
          { head: 'Outcome', isText: true, cell: row => <Outcome row={row} /> },
          { head: 'Took', isNumber: true, cell: ({ tookMs }) => or(tookMs, duration) },
          { head: 'Skipped', isNumber: true, cell: ({ skipped }) => count(skipped) },
          { head: 'Caught up', isNumber: true, isExtra: true, cell: ({ caughtUp }) => count(caughtUp) },
          { head: 'Cron (UTC)', cell: ({ expression }) => <code>{expression}</code> },
          { head: 'What it does', isText: true, isExtra: true, cell: ({ name }) => purposes[name] ?? '' },
          { head: 'Run by', isExtra: true, cell: ({ by }) => by ?? '' },
        ]}
      />
      <p class="note">
        Skipped: due while the run before was still under way. Caught up: run late, because no scheduler had
        run it in its time.
      </p>
    </>
  )
}

function Outcome({ row: { outcome, reason } }: { row: ScheduleRow }) {
  if (outcome === null) return <>has not run</>
  if (outcome === 'failed') return <strong class="bad">failed: {reason ?? 'the log says why'}</strong>
  if (outcome === 'lost') return <strong class="bad">lost: its process died during the run</strong>
  return <>{outcome === 'running' ? 'running' : 'done'}</>
}
