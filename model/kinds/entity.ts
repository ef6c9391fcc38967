import { z } from 'zod'
import { defineKind } from '../kind.ts'
import { type Entity, entityTypes } from '../world-data.ts'

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
