import type uPlot from 'uplot'
import type { ChartProps, Mark } from './chart-props.ts'
import { isolatedIn } from './isolated.ts'

const heightPx = 150
/** What may lie between two lines of an axis of whole numbers: 1, 2, 5, 10 and so on. */
const wholeSteps = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map(n => n * 10 ** power)).flat()

/** How uPlot draws it, in the colours of the page. `latest` has the present marks; `point` hears where the pointer is. */
export function chartOptions(
  place: HTMLElement,
  latest: { current: ChartProps },
  point: (index: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(place)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const { lines, max, inWords, isWhole = false } = latest.current
  const axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  }
  return {
    width: Math.max(120, place.clientWidth),
    height: heightPx,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { y: { range: (_u, _low, high) => [0, max ?? Math.max(1, (high ?? 0) * 1.1)] } },
    axes: [
      { ...axis, values: timesOf, space: 64, size: 26 },
      {
        ...axis,
        values: (_u, ticks) => ticks.map(inWords),
        size: 58,
        space: 32,
        ...(isWhole && { incrs: wholeSteps }),
      },
    ],
    series: [
      {},
      ...lines.map(
        ({ name }, i): uPlot.Series => ({
          label: name,
          stroke: colour(`--line-${i + 1}`),
          ...(lines.length === 1 && { fill: colour('--line-1-soft') }),
          width: 1.75,
          points: {
            show: true,
            size: 5,
            filter: (u, series) => isolatedIn(u.data[series] ?? []),
            fill: colour(`--line-${i + 1}`),
          },
        }),
      ),
    ],
    hooks: {
      setCursor: [({ cursor }) => point(cursor.idx ?? null)],
      draw: [
        u => drawMarks(u, latest.current.marks ?? [], { usual: colour('--soft'), bad: colour('--bad') }),
      ],
    },
  }
}

const longSpanS = 36 * 3_600

/** The day where the chart shows several, else the time. */
function timesOf(u: uPlot, ticks: number[]): string[] {
  const { min = 0, max = 0 } = u.scales['x'] ?? {}
  const form: Intl.DateTimeFormatOptions =
    (max ?? 0) - (min ?? 0) > longSpanS
      ? { weekday: 'short', hour: '2-digit' }
      : { hour: '2-digit', minute: '2-digit' }
  return ticks.map(tick => new Date(tick * 1_000).toLocaleString('en-GB', form))
}

/** A dashed line for each. */
function drawMarks(u: uPlot, marks: readonly Mark[], colours: { usual: string; bad: string }): void {
  const { ctx, bbox } = u
  ctx.save()
  ctx.setLineDash([4, 4])
  ctx.lineWidth = devicePixelRatio
  for (const { at, isBad } of marks) {
    const x = u.valToPos(at / 1_000, 'x', true)
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = isBad ? colours.bad : colours.usual
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}
