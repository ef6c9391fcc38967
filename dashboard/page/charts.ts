import uPlot from 'uplot'
import type { ReadMinute } from '../overview/overview.ts'

const heightPx = 140

/** One line over the last hour, in the colours of the page. */
function chart(
  place: HTMLElement,
  label: string,
  range: [number | null, number | null],
  figureOf: (m: ReadMinute) => number | null,
) {
  let plot: uPlot | undefined
  let last: readonly ReadMinute[] = []
  const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

  function options(): uPlot.Options {
    const axis = {
      stroke: colour('--soft'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui',
    }
    return {
      width: Math.max(120, place.clientWidth),
      height: heightPx,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_u, low, high) => [range[0] ?? low, range[1] ?? Math.max(1, high * 1.1)] } },
      axes: [
        {
          ...axis,
          values: (_u, ticks) =>
            ticks.map(tick =>
              new Date(tick * 1_000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }),
            ),
          space: 60,
          size: 28,
        },
        { ...axis, size: 44, space: 34 },
      ],
      series: [
        {},
        { label, stroke: colour('--accent'), fill: colour('--accent-soft'), width: 2, points: { size: 5 } },
      ],
    }
  }

  function draw(minutes: readonly ReadMinute[]): void {
    last = minutes
    const data: uPlot.AlignedData = [minutes.map(({ at }) => at / 1_000), minutes.map(figureOf)]
    const known = minutes.map(figureOf).filter(value => value !== null)
    place.setAttribute('role', 'img')
    const newest = known.at(-1)
    place.setAttribute(
      'aria-label',
      newest === undefined
        ? `${label}: nothing was read`
        : `${label}: ${newest.toFixed(1)} in the last minute with reads`,
    )
    if (plot) plot.setData(data)
    else plot = new uPlot(options(), data, place)
  }

  function anew(): void {
    plot?.destroy()
    plot = undefined
    draw(last)
  }
  new ResizeObserver(() =>
    plot?.setSize({ width: Math.max(120, place.clientWidth), height: heightPx }),
  ).observe(place)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', anew)
  return { draw }
}

export const hitRateChart = (place: HTMLElement) =>
  chart(place, 'Hit rate, %', [0, 100], ({ hits, misses }) =>
    hits + misses === 0 ? null : (100 * hits) / (hits + misses),
  )

/** The minute that is not over is left out: it would look like a fall. */
export const readsChart = (place: HTMLElement) => {
  const all = chart(place, 'Reads a second', [0, null], ({ hits, misses }) => (hits + misses) / 60)
  return { draw: (minutes: readonly ReadMinute[]) => all.draw(minutes.slice(0, -1)) }
}

const sparkWidth = 96
const sparkHeight = 24

/** A world's hit rate in the last half hour, as a line that needs no axes. */
export function sparkline(minutes: readonly ReadMinute[]): SVGElement | null {
  const points = minutes.flatMap(({ hits, misses }, i) => {
    if (hits + misses === 0) return []
    const x = (i / (minutes.length - 1)) * sparkWidth
    const y = sparkHeight - 2 - (hits / (hits + misses)) * (sparkHeight - 4)
    return `${x.toFixed(1)},${y.toFixed(1)}`
  })
  if (points.length < 2) return null
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', `0 0 ${sparkWidth} ${sparkHeight}`)
  svg.setAttribute('class', 'spark')
  svg.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline')
  line.setAttribute('points', points.join(' '))
  svg.append(line)
  return svg
}
