import { chunk } from 'es-toolkit'
import { encodeId } from '../model/ids.ts'
import { parseJsonText } from '../model/json.ts'
import type { AcceptedEvent } from '../model/new-events.ts'
import type { PendingDeps } from './pending-keys.ts'
import { queueAnswered, queueScript } from './redis.ts'

/** Timelines that one script looks at. */
const maxTimelines = 500

const newestScript = queueScript('newest')

/** Pending events, as reads of timelines see them. */
export function createPendingReads({ redis, keys }: PendingDeps) {
  return {
    /**
     * For each entity the newest `limit` pending events that stand on its timeline and are not private, newest first, and
     * among and after them the private ones, of which only the id is given.
     */
    async newest(worldId: string, entityIds: readonly string[], limit: number): Promise<AcceptedEvent[][]> {
      const { events, places, hidden } = keys.of(worldId)
      const found: AcceptedEvent[][] = []
      for (const ids of chunk(entityIds, maxTimelines)) {
        const args = [limit, ...ids.map(id => encodeId(id, 'entityId'))]
        const lists = await newestScript(redis, [events, places, hidden, keys.probe], args)
        const texts = lists as string[][] // none at all where nothing is pending
        found.push(...ids.map((_, i) => (texts[i] ?? []).map(text => parseJsonText(text) as AcceptedEvent)))
      }
      return found
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
