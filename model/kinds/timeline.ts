import { z } from 'zod'
import { defineKind } from '../kind.ts'
import type { LoadContext, Source } from '../source.ts'
import { withPending } from '../with-pending.ts'
import type { TimelineEvent } from '../world-data.ts'

/**
 * The newest events of an entity. A created or deleted entity makes its timeline stale too, which a reader may have found
 * missing, or must not find any more.
 */
export const timeline = defineKind({
  name: 'timeline',
  about: 'the newest events of an entity',
  per: 'entity',
  key: id => `timeline:${id}:recent`,
  value: z.array(z.looseObject({ event_id: z.string(), timestamp: z.string() })) as unknown as z.ZodType<
    TimelineEvent[]
  >,
  ttlMs: 600_000,
  load: loadTimelines,
  passed: true,
  warm: 'active-entities',
  counted: true,
  limited: true,
  missing: [],
  staleOn: {
    'event-added': change => change.entityIds,
    'entity-created': change => [change.id],
    'entity-deleted': change => [change.id],
  },
  http: { path: 'timelines', ids: 'entityIds', many: 'timelines', one: 'events', time: 'timestamp' },
})

async function loadTimelines(
  source: Source,
  worldId: string,
  ids: readonly string[],
  { topK, pending, unstored }: LoadContext,
): Promise<(TimelineEvent[] | null)[]> {
  const asked = { worldId, entityIds: ids, limit: topK, unstored }
  const { loaded, pending: accepted } = await pending.withPending(asked, () =>
    source.timelines(worldId, ids, topK),
  )
  const united = loaded.map((events, i) => events && withPending(events, accepted[i] ?? [], topK))
  const short = [...ids.keys()].filter(i => united[i] === undefined)
  if (short.length > 0) {
    const more = topK + Math.max(...short.map(i => accepted[i]?.length ?? 0))
    const shortIds = short.map(i => ids[i] as string)
    const longer = await source.timelines(worldId, shortIds, more)
    short.forEach((position, i) => {
      united[position] = longer[i] && withPending(longer[i], accepted[position] ?? [], topK, true)
    })
  }
  return united.map(events => events ?? null)
}
