import type { HistoryView } from '../../../console/history-view.ts'
import { count, duration, rate } from '../../data/words.ts'
import { Chart } from '../../parts/chart.tsx'
import type { Line } from '../../parts/chart-props.ts'
import { isBad, markInWords, timeOf } from './marks.ts'

/** Charts have four colours: of more queues, those that ever had most are drawn. */
const maxLines = 4

/** One chart for each question; the marks stand in all of them. */
export function HistoryCharts({ view }: { view: HistoryView }) {
  const { times, queues } = view
  const marks = view.marks.map(mark => ({ at: timeOf(mark), text: markInWords(mark), isBad: isBad(mark) }))
  const shared = { times, marks }
  return (
    <div class="charts">
      <Chart
        {...shared}
        title="Hit rate"
        lines={[
          { name: 'all', values: view.hitRate },
          { name: 'near', values: view.nearRate },
        ]}
        inWords={percent}
        max={100}
      />
      <Chart
        {...shared}
        title="A second"
        lines={[
          { name: 'reads', values: view.readsPerSecond },
          { name: 'loads', values: view.loadsPerSecond },
        ]}
        inWords={rate}
      />
      <Chart
        {...shared}
        title="The source's latency"
        lines={[
          { name: 'loads', values: view.loadMs },
          { name: 'ping', values: view.sourceMs },
        ]}
        inWords={duration}
        isWhole
      />
      <Chart
        {...shared}
        title="Changes in the outbox"
        lines={[{ name: 'waiting', values: view.outboxPending }]}
        inWords={count}
        isWhole
      />
      <Chart
        {...shared}
        title="The oldest of them waits"
        lines={[{ name: 'oldest', values: view.outboxOldestMs }]}
        inWords={duration}
        isWhole
      />
      <Chart
        {...shared}
        title="Active worlds, warm"
        lines={[{ name: 'warm', values: view.warm }]}
        inWords={percent}
        max={100}
      />
      <Chart
        {...shared}
        title="Jobs that wait"
        lines={most(queues.map(({ name, waiting }) => ({ name, values: waiting })))}
        inWords={count}
        isWhole
      />
      <Chart
        {...shared}
        title="Jobs that failed"
        lines={most(queues.map(({ name, failed }) => ({ name, values: failed })))}
        inWords={count}
        isWhole
      />
    </div>
  )
}

const percent = (value: number): string => `${value.toFixed(value === 100 ? 0 : 1)} %`

const most = (lines: readonly Line[]): Line[] =>
  [...lines].sort((a, b) => highest(b) - highest(a) || (a.name < b.name ? -1 : 1)).slice(0, maxLines)

const highest = ({ values }: Line): number => Math.max(0, ...values.map(value => value ?? 0))
