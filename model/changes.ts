import { z } from 'zod'
import { entityRef, id } from './ids.ts'
import { boundedList } from './parse.ts'

/** How many changes, and how many ids in one of them, a call takes. */
const most = 10_000

const list = <T extends z.ZodType>(item: T) => boundedList(item, { least: 1, most })

/** What a backend did to the source. The same in every way in: the library, the outbox, HTTP. */
export const changeSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('event-added'), entityIds: list(id) }),
    z.strictObject({ kind: z.literal('flags-changed') }),
    z.strictObject({ kind: z.literal('snapshot-changed') }),
    z.strictObject({ kind: z.literal('entity-created'), ...entityRef.shape }),
    z.strictObject({ kind: z.literal('entity-updated'), ...entityRef.shape }),
    z.strictObject({ kind: z.literal('entity-deleted'), ...entityRef.shape }),
    z.strictObject({
      kind: z.literal('stale'),
      of: z.string().min(1).max(64).meta({ description: 'The name of a kind' }),
      ids: list(z.union([id, entityRef]))
        .optional()
        .meta({ description: "Not for a world's own kinds" }),
    }),
  ],
  {
    error: ({ code }) =>
      code === 'invalid_union'
        ? 'must be event-added, flags-changed, snapshot-changed, entity-created, entity-updated, entity-deleted or stale'
        : undefined,
  },
)
export type Change = z.infer<typeof changeSchema>

/** The changes that a kind can name as what makes it stale. */
export const changeKinds = [
  'event-added',
  'flags-changed',
  'snapshot-changed',
  'entity-created',
  'entity-updated',
  'entity-deleted',
] as const satisfies readonly Exclude<Change['kind'], 'stale'>[]

const sizeOf = (change: Change): number =>
  'entityIds' in change ? change.entityIds.length : change.kind === 'stale' ? (change.ids?.length ?? 1) : 1

export const changesSchema = list(changeSchema).refine(
  changes => changes.reduce((ids, change) => ids + sizeOf(change), 0) <= most,
  `must name at most ${most} ids in all`,
)

/** JSON Schema (2020-12) of a list of changes, for those who write an outbox node in another language. */
export const changesJsonSchema = z.toJSONSchema(z.array(changeSchema).min(1).max(most))
