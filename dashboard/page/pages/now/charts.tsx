import type { ReadMinute } from '../../../console/overview.ts'
import { rate } from '../../data/words.ts'
import { Chart } from '../../parts/chart.tsx'

export function ReadCharts({ minutes }: { minutes: readonly ReadMinute[] }) {
  const over = minutes.slice(0, -1) // the minute that is not over would look like a fall
  return (
    <div class="charts">
      <Chart
        title="Hit rate"
        times={minutes.map(({ at }) => at)}
        lines={[{ name: 'Hit rate', values: minutes.map(hitRate) }]}
        inWords={value => `${value.toFixed(value === 100 ? 0 : 1)} %`}
        max={100}
      />
      <Chart
        title="Reads a second"
        times={over.map(({ at }) => at)}
        lines={[{ name: 'Reads', values: over.map(({ hits, misses }) => (hits + misses) / 60) }]}
        inWords={rate}
      />
    </div>
  )
}

const hitRate = ({ hits, misses }: ReadMinute): number | null =>
  hits + misses === 0 ? null : (100 * hits) / (hits + misses)
