import type { Amendment } from '../cache/amend.ts'
import type { Entry } from '../cache/keys.ts'
import { separator } from '../cache/values.ts'
import { jsonText } from '../model/json.ts'
import { isHidden, type ReadablePending, wholeEvent, withPending } from '../model/with-pending.ts'
import type { TimelineEvent } from '../model/world-data.ts'

/** A cached timeline, and the readable events that are added to it. */
export interface ChangedTimeline {
  entry: Entry
  added: readonly ReadablePending[]
}

/** What the cache is asked to do in one go. */
export interface Round {
  amendments: Amendment<TimelineEvent[]>[]
  /** Timelines whose events would be too much text: they are loaded anew. */
  stale: Entry[]
}

const maxTimelines = 500
/** Text that is put into cached timelines in one round, and in all of them. Characters. */
const roundSize = 1_000_000
const maxSize = 16_000_000

/** The texts are made round by round, so that only those of one are in memory. */
export function* inRounds(timelines: readonly ChangedTimeline[], topK: number): Generator<Round> {
  const texts = new WeakMap<ReadablePending, string>()
  let round: Round = { amendments: [], stale: [] }
  let inRound = 0
  let inAll = 0
  for (const { entry, added } of timelines) {
    const front = frontOf(added, topK, texts)
    inRound += front.events.length
    inAll += front.events.length
    if (inAll > maxSize) round.stale.push(entry)
    else round.amendments.push({ entry, front, apply: known => withAdded(known, added, topK) })
    if (inRound < roundSize && round.amendments.length + round.stale.length < maxTimelines) continue
    yield round
    round = { amendments: [], stale: [] }
    inRound = 0
  }
  yield round
}

/** What is remembered as missing is removed: the entity may have been made since. */
const withAdded = (known: TimelineEvent[] | null, added: readonly ReadablePending[], topK: number) =>
  known === null ? undefined : withPending(known, added, topK)

/**
 * The newest of the events as they would stand at the front of a timeline. `texts` is filled: an event that stands on a
 * thousand timelines is made text once.
 */
function frontOf(
  added: readonly ReadablePending[],
  topK: number,
  texts: WeakMap<ReadablePending, string>,
): NonNullable<Amendment<unknown>['front']> {
  const textOf = (source: ReadablePending, event: () => TimelineEvent): string => {
    const text = texts.get(source) ?? jsonText(event())
    texts.set(source, text)
    return text
  }
  const [only] = added
  if (only && added.length === 1 && !isHidden(only)) {
    const { event_id, timestamp } = only
    return { events: textOf(only, () => wholeEvent(only)), oldest: timestamp, count: 1, ids: [event_id] }
  }
  const events = withPending([], added, topK) ?? []
  const sources = new Map(added.map(event => [event.event_id, event]))
  const texted = (event: TimelineEvent): string => {
    const source = sources.size === added.length ? sources.get(event.event_id) : undefined // else it is made of several
    return source ? textOf(source, () => event) : jsonText(event)
  }
  return {
    events: events.map(texted).join(separator),
    oldest: events.at(-1)?.timestamp ?? '',
    count: events.length,
    ids: [...events, ...added.filter(isHidden)].map(({ event_id }) => event_id),
  }
}
