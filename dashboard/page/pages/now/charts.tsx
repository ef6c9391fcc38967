import type { Overview, ReadMinute } from '../../../console/overview.ts'
import { rate } from '../../data/words.ts'
import { Chart } from '../../parts/chart.tsx'

/** The minute that is not over is left out: it would look like a fall. */
export function ReadCharts({ frame: { reads } }: { frame: Overview }) {
  const over = reads.minutes.slice(0, -1)
  const times = over.map(({ at }) => at)
  const near = over.map((minute, i) => share(reads.nearHits[i] ?? 0, minute))
  return (
    <div class="charts">
      <Chart
        title="Hit rate"
        times={times}
        lines={[
          { name: 'all', values: over.map(minute => share(minute.hits, minute)) },
          { name: 'near', values: near },
        ]}
        inWords={value => `${value % 1 === 0 ? value : value.toFixed(1)} %`}
        max={100}
      />
      <Chart
        title="Reads a second"
        times={times}
        lines={[{ name: 'reads', values: over.map(({ hits, misses }) => (hits + misses) / 60) }]}
        inWords={rate}
      />
    </div>
  )
}

/** Of the reads of a minute; null where nothing was read. */
const share = (part: number, { hits, misses }: ReadMinute): number | null =>
  hits + misses === 0 ? null : (100 * part) / (hits + misses)
