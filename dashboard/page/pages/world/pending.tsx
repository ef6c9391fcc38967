import type { PendingTotals } from '../../../../queues/pending-totals.ts'
import { operateMany } from '../../data/bulk.ts'
import { given } from '../../data/given.ts'
import { count, duration, none } from '../../data/words.ts'
import { Fact, Facts } from '../../parts/facts.tsx'

/** Accepted events that are not yet in the source, and those that it will never take. */
export function PendingEvents({
  worldId,
  pending: { pending, dead, oldestMs },
}: {
  worldId: string
  pending: PendingTotals
}) {
  const retry = () =>
    operateMany({
      doIt: 'Retry',
      subject: `${count(dead)} set-aside events of ${worldId}`,
      text: 'They are pending again, and written to the source by the next flush; what it refuses is set aside again.',
      requests: [
        { name: worldId, url: `/api/v1/worlds/${encodeURIComponent(worldId)}/pending/retry`, body: {} },
      ],
    })
  return (
    <>
      <Facts>
        <Fact name="Waiting for the source">{count(pending)}</Fact>
        <Fact name="The oldest waits for">{pending === 0 ? none : duration(oldestMs)}</Fact>
        <Fact name="Set aside">
          <span class={dead > 0 ? 'bad' : ''}>{count(dead)}</span>
        </Fact>
      </Facts>
      {dead > 0 && (
        <p>
          The source refused them; <code>{`hearth pending ${worldId}`}</code> says why.{' '}
          {given.operates && (
            <button type="button" onClick={retry} aria-label={`Retry set-aside events of ${worldId}`}>
              Retry
            </button>
          )}
        </p>
      )}
    </>
  )
}
