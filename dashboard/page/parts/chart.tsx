import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { none } from '../data/words.ts'
import { chartOptions } from './chart-options.ts'
import type { ChartProps } from './chart-props.ts'

/** Lines over time. The pointer reads the values of a time; an isolated one is drawn as a point. */
export function Chart(props: ChartProps) {
  const { title, times, lines, inWords, marks = [] } = props
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const latest = useRef(props)
  latest.current = props
  const pointed = useSignal<number | null>(null)
  const names = lines.map(({ name }) => name).join()

  // Other lines are drawn anew; other values of the same are only set.
  useEffect(() => {
    const { current: box } = place
    if (!box) return
    const point = (index: number | null) => {
      pointed.value = index
    }
    const draw = () => {
      plot.current?.destroy()
      plot.current = new uPlot(chartOptions(box, latest, point), dataOf(latest.current), box)
    }
    draw()
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: Math.max(120, box.clientWidth), height: plot.current.height }),
    )
    resized.observe(box)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', draw)
    return () => {
      resized.disconnect()
      dark.removeEventListener('change', draw)
      plot.current?.destroy()
      plot.current = null
    }
  }, [names])
  useEffect(() => {
    plot.current?.setData(dataOf({ times, lines }))
  }, [times, lines, marks])

  const at = pointed.value
  return (
    <figure class="chart">
      <figcaption>
        <span class="title">{title}</span>
        <span class="legend">
          {at !== null && <span>{timeOf(times[at])}</span>}
          {lines.map(({ name, values }, i) => (
            <span key={name}>
              <i class={`line-${i + 1}`} aria-hidden="true" />
              {lines.length > 1 && `${name} `}
              <b>{shown(at === null ? newest(values) : (values[at] ?? null), inWords)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={place} role="img" aria-label={spoken(props)} />
      {marks.length > 0 && (
        <ul class="marks unseen">
          {marks.map(({ at, text }) => (
            <li key={`${at} ${text}`}>
              {timeOf(at)}: {text}
            </li>
          ))}
        </ul>
      )}
    </figure>
  )
}

const dataOf = ({ times, lines }: Pick<ChartProps, 'times' | 'lines'>): uPlot.AlignedData => [
  times.map(at => at / 1_000),
  ...lines.map(({ values }) => [...values]),
]

const newest = (values: readonly (number | null)[]): number | null =>
  values.findLast(value => value !== null) ?? null

const shown = (value: number | null, inWords: (value: number) => string): string =>
  value === null ? none : inWords(value)

const timeOf = (at: number | undefined): string =>
  at === undefined
    ? ''
    : new Date(at).toLocaleString('en-GB', {
        weekday: 'short',
        hour: '2-digit',
        minute: '2-digit',
      })

const spoken = ({ title, lines, inWords }: ChartProps): string =>
  `${title}: ${lines.map(({ name, values }) => `${name} ${shown(newest(values), inWords)}`).join(', ')} at last`
