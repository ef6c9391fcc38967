import type { ColdReason } from '../../../../cache/warmth.ts'
import type { WarmthView, WorldJobs } from '../../../console/world/view.ts'
import { sum } from '../../data/sum.ts'
import { clock, count } from '../../data/words.ts'
import { Empty } from '../../parts/empty.tsx'
import { Table } from '../../parts/table.tsx'

/** Each reason in words: what it is, and what would help. In the order in which they are shown. */
const reasons: readonly { reason: ColdReason; name: string; means: string }[] = [
  {
    reason: 'never-warmed',
    name: 'Never warmed',
    means: 'No warming of this world has ended. Warm loads it now; a game does by activating it.',
  },
  {
    reason: 'expired',
    name: 'Expired',
    means:
      'Its time is over, and it was not read since. The next read loads it; what is read much is renewed before.',
  },
  {
    reason: 'invalidated',
    name: 'Invalidated',
    means:
      'A change, or an operator, made it stale, and it was not read since. See the recent changes below.',
  },
  {
    reason: 'evicted',
    name: 'Evicted',
    means:
      'It went before its time, and no change made it go: Redis evicted it for lack of memory (look at maxmemory), or another program deleted it.',
  },
  {
    reason: 'over-budget',
    name: 'Over budget',
    means:
      'The last warming ended at its budget before it: HEARTH_WARM_MAX_ENTITIES and HEARTH_WARM_MAX_BYTES.',
  },
  {
    reason: 'not-chosen',
    name: 'Not chosen',
    means:
      'The rule of its kind does not warm it: it is of an inactive entity, or one that is not read much. Reads load it.',
  },
  {
    reason: 'absent',
    name: 'Absent',
    means:
      'The source lists the entity and had nothing there when it was asked; that is remembered for a moment.',
  },
  {
    reason: 'unknown',
    name: 'Not known',
    means:
      'Nothing is noted of it: it came into the world after the last warming, or ended more than ten minutes ago.',
  },
]

interface ColdProps {
  worldId: string
  warmth: WarmthView
  lastWarming: WorldJobs['lastWarming']
}

/** Why what exists is not cached, counted. */
export function Cold({ worldId, warmth: { rows }, lastWarming }: ColdProps) {
  const found = reasons.flatMap(({ reason, ...words }) => {
    const kinds = rows.flatMap(({ what, cold }) => (cold[reason] ? [{ what, n: cold[reason] }] : []))
    return kinds.length > 0 ? [{ ...words, kinds, total: sum(kinds.map(({ n }) => n)) }] : []
  })
  return (
    <>
      {lastWarming && (
        <p class="note">
          The last warming ended at {clock(lastWarming.at)} ({lastWarming.outcome}) with{' '}
          {count(lastWarming.entries)} entries.
        </p>
      )}
      {found.length === 0 ? (
        <Empty>Nothing that exists of {worldId} is cold, as far as is known.</Empty>
      ) : (
        <Table
          caption="Why the rest is cold"
          rows={found}
          keyOf={({ name }) => name}
          columns={[
            { head: 'Reason', cell: ({ name }) => name },
            { head: 'Entries', isNumber: true, cell: ({ total }) => count(total) },
            {
              head: 'Of which kinds',
              isText: true,
              cell: ({ kinds }) => kinds.map(({ what, n }) => `${what} ${count(n)}`).join(', '),
            },
            { head: 'What it means', isText: true, isExtra: true, cell: ({ means }) => means },
          ]}
        />
      )}
    </>
  )
}
