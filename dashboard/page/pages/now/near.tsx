import type { Overview } from '../../../console/overview.ts'
import { count } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { Fact, Facts } from '../../parts/facts.tsx'

const megabytes = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

/** The near cache of the process that serves this page. */
export function Near({ near }: Pick<Overview, 'near'>) {
  if (near === null) {
    return (
      <Empty>
        This process has none: it serves no reads, or <code>HEARTH_NEAR_BYTES</code> is 0.
      </Empty>
    )
  }
  const { state, reason, bytes, entries, evictions, invalidations, fences, lost } = near
  return (
    <Facts>
      <Fact name="State" note={state === 'off' && <strong class="bad">{reason}</strong>}>
        {state}
      </Fact>
      <Fact name="Entries">{count(entries)}</Fact>
      <Fact name="MB">{megabytes.format(bytes / 1_000_000)}</Fact>
      <Fact name="Evictions">{count(evictions)}</Fact>
      <Fact name="Invalidations">{count(invalidations)}</Fact>
      <Fact name="Fences">{count(fences)}</Fact>
      <Fact name="Times emptied">{count(lost)}</Fact>
    </Facts>
  )
}
