import { z } from 'zod'
import { defineKind, type Kind } from './kind.ts'
import type { LoadContext, Source } from './source.ts'
import { withPending } from './with-pending.ts'
import { type Entity, entityTypes, type Flags, type Snapshot, type TimelineEvent } from './world-data.ts'

/** A world's flags, written through. */
export const flags = defineKind({
  name: 'flags',
  about: "the world's flags",
  per: 'world',
  value: z.record(z.string(), z.json()) as z.ZodType<Flags>,
  ttlMs: null,
  load: async (source, worldId) => [await source.flags(worldId)],
  passed: true,
  warm: 'world',
  staleOn: { 'flags-changed': true },
})

/** A world's state, written through. Its `active_…` name entities, so one that comes or goes makes it stale too. */
export const snapshot = defineKind({
  name: 'snapshot',
  about: "the world's state",
  per: 'world',
  key: () => 'state',
  value: z.looseObject({ world_id: z.string() }) as unknown as z.ZodType<Snapshot>,
  ttlMs: null,
  load: async (source, worldId) => [await source.snapshot(worldId)],
  passed: true,
  warm: 'world',
  staleOn: { 'snapshot-changed': true, 'entity-created': true, 'entity-deleted': true },
})

const refOf = ({ type, id }: { type: (typeof entityTypes)[number]; id: string }) => [{ type, id }]

/** The state of a character, a location or an object. */
export const entity = defineKind({
  name: 'entity',
  about: 'the state of a character, location or object',
  per: 'typed-entity',
  key: ({ type, id }) => `${type}:${id}:state`,
  value: z.looseObject({
    id: z.string(),
    type: z.enum(entityTypes),
    name: z.string().nullable(),
  }) as unknown as z.ZodType<Entity>,
  ttlMs: 900_000,
  load: (source, worldId, refs) => source.entities(worldId, refs),
  passed: true,
  warm: 'all-entities',
  staleOn: { 'entity-created': refOf, 'entity-updated': refOf, 'entity-deleted': refOf },
  noun: type => type ?? 'entity',
  http: { path: 'entities', many: 'entities' },
})

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

/** First what is pending, then the source: an event on its way from the one to the other is found in either. */
async function loadTimelines(
  source: Source,
  worldId: string,
  ids: readonly string[],
  { topK, pending, unstored }: LoadContext,
): Promise<(TimelineEvent[] | null)[]> {
  const accepted = await pending.newestPending(worldId, ids, { limit: topK, unstored })
  const found = await source.timelines(worldId, ids, topK)
  const united = found.map((events, i) => events && withPending(events, accepted[i] ?? [], topK))
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

export const builtInKinds: readonly Kind[] = [flags, snapshot, entity, timeline]
