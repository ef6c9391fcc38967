import { count } from '../data/words.ts'

interface HistogramProps {
  label: string
  /** What is counted, in the order in which it is shown. */
  bars: readonly { name: string; value: number }[]
}

/** How many there are of each, as bars whose lengths can be compared. */
export function Histogram({ label, bars }: HistogramProps) {
  const max = Math.max(1, ...bars.map(({ value }) => value))
  return (
    <table class="histogram">
      <caption class="unseen">{label}</caption>
      <tbody>
        {bars.map(({ name, value }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="bar">
              <div style={{ width: `${(100 * value) / max}%` }} />
            </td>
            <td class="number">{count(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
