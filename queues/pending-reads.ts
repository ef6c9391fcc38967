import { chunk } from 'es-toolkit'
import { parseJsonText } from '../model/json.ts'
import type { Identified, PendingDeps } from './pending-keys.ts'
import { queueAnswered } from './redis.ts'
import { queueScript } from './script.ts'

/** Pending events, as reads of timelines see them. */
export interface ReadPending<Event extends Identified> {
  /**
   * For each entity the newest `limit` pending events that stand on its timeline and are not private, newest first, and
   * among and after them the private ones, of which only the id is given.
   */
  newest(worldId: string, entityIds: readonly string[], limit: number): Promise<Event[][]>
  /** Those of the ids that are pending. */
  stillPending(worldId: string, eventIds: readonly string[]): Promise<string[]>
  /** Notes that no cache holds a timeline which lacks these events. */
  seen(worldId: string, eventIds: readonly string[]): Promise<void>
}

/** Timelines that one script looks at. */
const maxTimelines = 500

const newestScript = queueScript('newest')

export function createPendingReads<Event extends Identified>({
  redis,
  keys,
  encodeId,
}: PendingDeps<Event>): ReadPending<Event> {
  return {
    async newest(worldId, entityIds, limit) {
      const { events, places, hidden } = keys.of(worldId)
      const found: Event[][] = []
      for (const ids of chunk(entityIds, maxTimelines)) {
        const args = [limit, ...ids.map(id => encodeId(id, 'entityId'))]
        const lists = await newestScript(redis, [events, places, hidden, keys.probe], args)
        const texts = lists as string[][] // none at all where nothing is pending
        found.push(...ids.map((_, i) => (texts[i] ?? []).map(text => parseJsonText(text) as Event)))
      }
      return found
    },

    async stillPending(worldId, eventIds) {
      if (eventIds.length === 0) return []
      const scores = await queueAnswered(() => redis.zmscore(keys.of(worldId).order, ...eventIds))
      return eventIds.filter((_, i) => scores[i] !== null)
    },

    async seen(worldId, eventIds) {
      await queueAnswered(() => redis.srem(keys.of(worldId).unseen, ...eventIds), { redis })
    },
  }
}
