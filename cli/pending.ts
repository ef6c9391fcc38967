import type { PendingEvents } from '../jobs/operations.ts'
import { jsonText } from '../model/json.ts'
import { table } from './table.ts'
import { count, duration, print } from './terminal.ts'
import { type Flags, withHearth } from './with-hearth.ts'

export interface PendingFlags extends Flags {
  json?: true
  /** All that was set aside, or the events of these ids. */
  retry?: true | readonly string[]
}

/** `hearth pending`: a world's accepted events that are not yet in Neo4j, and those that were set aside. */
export const pending = (worldId: string, flags: PendingFlags): Promise<void> =>
  withHearth(flags, {}, async ({ operations }) => {
    if (flags.retry) {
      const ids = flags.retry === true ? undefined : flags.retry
      const retried = await operations.retryPending(worldId, ids)
      return print(flags.json ? JSON.stringify({ worldId, retried }) : retriedInWords(worldId, retried))
    }
    const found = await operations.pending(worldId)
    print(flags.json ? jsonText({ worldId, ...found }) : inWords(worldId, found))
  })

function retriedInWords(worldId: string, retried: number): string {
  const world = JSON.stringify(worldId)
  if (retried === 0) return `No such event of ${world} was set aside.`
  return `${count(retried)} events of ${world} are pending again, and will be flushed in a moment.`
}

function inWords(worldId: string, { pending, oldestMs, dead }: PendingEvents): string {
  const world = JSON.stringify(worldId)
  const lines = [
    pending === 0
      ? `All accepted events of ${world} are in Neo4j${dead.length > 0 ? ', but for those that were set aside' : ''}.`
      : `${count(pending)} accepted events of ${world} are not yet in Neo4j, the oldest for ${duration(Math.max(0, oldestMs))}.`,
  ]
  if (dead.length > 0) {
    lines.push(`${count(dead.length)} were set aside; --retry makes them pending again:`)
    lines.push(
      table(
        ['event', 'set aside', 'reason'],
        dead.map(({ event, atMs, reason }) => [event.event_id, new Date(atMs).toISOString(), reason]),
        3,
      ),
    )
  }
  return lines.join('\n')
}
