import type { Mark } from '../../../../queues/history/marks.ts'
import { Empty } from '../../parts/empty.tsx'
import { isBad, markInWords, timeOf } from './marks.ts'

/** What the dashed lines in the charts are, the last first. */
const maxShown = 12

export function Happened({ marks }: { marks: readonly Mark[] }) {
  const shown = [...marks].reverse().slice(0, maxShown)
  return (
    <>
      <h3>What happened</h3>
      {shown.length === 0 && <Empty>No outage, no deployment, and nothing done by hand.</Empty>}
      <ul class="happened">
        {shown.map(mark => (
          <li key={`${timeOf(mark)} ${markInWords(mark)}`}>
            <time dateTime={new Date(timeOf(mark)).toISOString()}>{moment(timeOf(mark))}</time>{' '}
            {isBad(mark) ? <strong class="bad">{markInWords(mark)}</strong> : markInWords(mark)}
          </li>
        ))}
      </ul>
      {marks.length > shown.length && (
        <p>
          … and {marks.length - shown.length} before them; <a href="/operations">Operations</a> has all that
          was done by hand.
        </p>
      )}
    </>
  )
}

const moment = (at: number): string =>
  new Date(at).toLocaleString('en-GB', {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
