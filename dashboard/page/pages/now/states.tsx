import type { Overview, StateRow } from '../../../console/overview.ts'
import { duration, moment } from '../../data/words.ts'

/** Each server and role, whether it does its work, and since when. */
export const States = ({ frame: { states, at } }: { frame: Overview }) => (
  <section aria-label="Servers and roles">
    <ul class="states">
      {states.map(state => (
        <li key={state.key} class={classOf(state)}>
          <strong>{state.role}</strong>
          {state.name !== null && <span class="name">{state.name}</span>}
          <span class="text">
            {state.text}
            {state.works !== null && <SinceWhen since={state.since} at={at} />}
          </span>
        </li>
      ))}
    </ul>
  </section>
)

const classOf = ({ works }: StateRow): string => (works === null ? 'unknown' : works ? 'good' : 'bad')

const minuteMs = 60_000

const SinceWhen = ({ since, at }: { since: number; at: number }) => (
  <>
    {' '}
    since {moment(since, at)}
    {at - since >= minuteMs && <span class="note"> ({duration(at - since)})</span>}
  </>
)
