import type { WorldsPage } from '../../../console/worlds/table.ts'
import { now } from '../../data/clock.ts'
import { ago, clock } from '../../data/words.ts'

const groups = [
  ['list', 'Which worlds there are'],
  ['warmth', 'Warmth and hot entities'],
  ['reads', 'Reads and hit rates'],
  ['pending', 'Pending events'],
  ['warming', 'What is being warmed'],
] as const

/** How old each group of columns is, and since when one is not renewed. */
export function Ages({ ages }: Pick<WorldsPage, 'ages'>) {
  const failing = groups.filter(([name]) => ages[name].error !== null)
  const fresh = groups.filter(([name]) => ages[name].error === null)
  return (
    <>
      {failing.map(([name, what]) => (
        <p key={name} class="problem">
          {what}: {ages[name].at === null ? 'not known' : `not known since ${clock(ages[name].at)}`}:{' '}
          {ages[name].error}.
        </p>
      ))}
      <p class="note">
        {fresh.map(([name, what], i) => (
          <span key={name}>
            {i > 0 && ' · '}
            {what}: {ages[name].at === null ? 'being counted …' : ago(ages[name].at, now.value)}
          </span>
        ))}
      </p>
    </>
  )
}
