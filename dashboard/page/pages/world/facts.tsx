import type { WorldView } from '../../../console/world/view.ts'
import { now } from '../../data/clock.ts'
import { sum } from '../../data/sum.ts'
import { ago, count, none, or, rate, share } from '../../data/words.ts'
import { Fact, Facts } from '../../parts/facts.tsx'
import { Figure } from '../../parts/figure.tsx'
import { Sparkline } from '../../parts/sparkline.tsx'

/** Minutes over which a rate is taken. */
const rateMinutes = 5

/** What is known of a world without going through it. */
export function WorldFacts({ facts, reads }: Pick<WorldView, 'facts' | 'reads'>) {
  return (
    <>
      <Figure of={facts} what="Its state">
        {({ isKnown, isActive, lastActiveAt, version, expected }) => (
          <>
            {!isKnown && (
              <p class="empty">
                The cache knows nothing of this world: it was not played in the last day, and nothing of it is
                cached. If it exists, Warm loads it.
              </p>
            )}
            <Facts>
              <Fact name="State">
                {isActive ? 'played' : lastActiveAt === null ? 'not played' : 'deactivated'}
              </Fact>
              <Fact name="Last active">{or(lastActiveAt, at => ago(at, now.value))}</Fact>
              <Fact name="Entries at the last warming">
                {expected === null ? 'never warmed' : count(expected)}
              </Fact>
              <Fact name="Version">{or(version, String)}</Fact>
            </Facts>
          </>
        )}
      </Figure>
      <Figure of={reads} what="Its reads">
        {minutes => {
          const hits = sum(minutes.map(minute => minute.hits))
          const last = minutes.slice(-rateMinutes)
          const seconds = (now.value - (last[0]?.at ?? now.value)) / 1_000
          const read = sum(last.map(minute => minute.hits + minute.misses))
          return (
            <Facts>
              <Fact name="Reads a second">{seconds > 0 ? rate(read / seconds) : none}</Fact>
              <Fact name="Hit rate, 30 min" note={<Sparkline minutes={minutes} />}>
                {share(hits, hits + sum(minutes.map(minute => minute.misses)))}
              </Fact>
            </Facts>
          )
        }}
      </Figure>
    </>
  )
}
