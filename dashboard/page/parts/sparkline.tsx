import type { ReadMinute } from '../../console/overview.ts'

const width = 96
const height = 24

/** A hit rate over the last minutes, as a line that needs no axes. */
export function Sparkline({ minutes }: { minutes: readonly ReadMinute[] }) {
  const points = minutes.flatMap(({ hits, misses }, i) => {
    if (hits + misses === 0) return []
    const x = (i / (minutes.length - 1)) * width
    const y = height - 2 - (hits / (hits + misses)) * (height - 4)
    return `${x.toFixed(1)},${y.toFixed(1)}`
  })
  if (points.length < 2) return null
  return (
    <svg viewBox={`0 0 ${width} ${height}`} class="spark" aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  )
}
