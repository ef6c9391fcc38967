import { chunk } from 'es-toolkit'
import { encodeId } from '../model/ids.ts'
import { parseJsonText } from '../model/json.ts'
import type { AcceptedEvent } from '../model/new-events.ts'
import type { PendingDeps } from './pending-keys.ts'
import { queueAnswered, queueScript } from './redis.ts'

export interface PendingOnTimelines {
  /**
   * For each entity the newest pending events that stand on its timeline and are not private, newest first, and among and
   * after them the private ones, of which only the id is given.
   */
  events: AcceptedEvent[][]
  /** Whether the world has no pending event at all. */
  isNone: boolean
  /**
   * Equal to that of an earlier look, of at most a minute ago, where no event was taken out of what is pending in between;
   * undefined where one may have been taken out during the look.
   */
  settlements: string | null | undefined
}

/** Timelines that one script looks at. */
const maxTimelines = 500

const newestScript = queueScript('newest')

/** Pending events, as reads of timelines see them. */
export function createPendingReads({ redis, keys }: PendingDeps) {
  return {
    /** At most `limit` events of each timeline that are not private. */
    async newest(worldId: string, entityIds: readonly string[], limit: number): Promise<PendingOnTimelines> {
      const { events, places, hidden, settlements } = keys.of(worldId)
      const found: AcceptedEvent[][] = []
      const counts = new Set<string | null>()
      let isNone = true
      for (const ids of chunk(entityIds, maxTimelines)) {
        const args = [limit, ...ids.map(id => encodeId(id, 'entityId'))]
        const answer = await newestScript(redis, [events, places, hidden, settlements, keys.probe], args)
        const [count, ...texts] = answer as [string | null, ...string[][]]
        counts.add(count)
        if (texts.length > 0) isNone = false
        found.push(...ids.map((_, i) => (texts[i] ?? []).map(text => parseJsonText(text) as AcceptedEvent)))
      }
      return { events: found, isNone, settlements: counts.size === 1 ? [...counts][0] : undefined }
    },

    /** Those of the ids that are pending. */
    async stillPending(worldId: string, eventIds: readonly string[]): Promise<string[]> {
      if (eventIds.length === 0) return []
      const scores = await queueAnswered(() => redis.zmscore(keys.of(worldId).order, ...eventIds))
      return eventIds.filter((_, i) => scores[i] !== null)
    },

    /** Notes that no cache holds a timeline which lacks these events. */
    async seen(worldId: string, eventIds: readonly string[]): Promise<void> {
      await queueAnswered(() => redis.srem(keys.of(worldId).unseen, ...eventIds), { redis })
    },
  }
}
