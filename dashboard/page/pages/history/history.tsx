import type { Figure as FigureOf } from '../../../console/figure.ts'
import type { HistoryFigure } from '../../../console/history.ts'
import type { HistoryView } from '../../../console/history-view.ts'
import { overview } from '../../data/feed.ts'
import { usePoll } from '../../data/poll.ts'
import { Empty } from '../../parts/empty.tsx'
import { Figure } from '../../parts/figure.tsx'
import { Section } from '../../parts/section.tsx'
import { query, setQuery } from '../../router.ts'
import { HistoryCharts } from './charts.tsx'
import { Happened } from './happened.tsx'

const ranges = [
  { range: '1h', name: '1 hour', inWords: 'The last hour' },
  { range: '24h', name: '24 hours', inWords: 'The last 24 hours' },
  { range: '7d', name: '7 days', inWords: 'The last 7 days' },
] as const
type Range = (typeof ranges)[number]

const askEveryMs = 10_000
/** While its source is away, so that what comes after is soon shown. Milliseconds. */
const askAwayMs = 2_000

/** How the fleet was: the range stands in the page's address (`?range=7d`). */
export function History() {
  const chosen = ranges.find(({ range }) => range === query.value.get('range')) ?? ranges[0]
  return (
    <Section title={chosen.inWords} of="queue" aside={<RangeSwitch chosen={chosen} />}>
      <Charts key={chosen.range} range={chosen.range} />
    </Section>
  )
}

const RangeSwitch = ({ chosen }: { chosen: Range }) => (
  <fieldset class="switch">
    <legend class="unseen">History of</legend>
    {ranges.map(({ range, name }) => (
      <button
        key={range}
        type="button"
        aria-pressed={range === chosen.range}
        onClick={() => setQuery({ range: range === ranges[0].range ? null : range })}
      >
        {name}
      </button>
    ))}
  </fieldset>
)

function Charts({ range }: Pick<Range, 'range'>) {
  const isAway = overview.value?.servers.queue.isAway === true
  const url = `/api/v1/console/history?range=${range}`
  const asked = usePoll<HistoryFigure>(url, isAway ? askAwayMs : askEveryMs).value
  /** The section says that it is old, and sooner than a poll does. */
  const withoutError = <T,>(figure: FigureOf<T>): FigureOf<T> =>
    isAway && figure.value !== null ? { ...figure, error: null } : figure
  return (
    <Figure of={withoutError(asked)} what="The history">
      {answer => (
        <Figure of={withoutError(answer)} what="The history">
          {view =>
            isKnown(view) ? (
              <>
                <HistoryCharts view={view} />
                <Happened marks={view.marks} />
              </>
            ) : (
              <Empty>
                Nothing is recorded of this time. A process that runs <code>hearth scheduler</code> records
                each minute.
              </Empty>
            )
          }
        </Figure>
      )}
    </Figure>
  )
}

const isKnown = ({ readsPerSecond }: HistoryView) => readsPerSecond.some(value => value !== null)
