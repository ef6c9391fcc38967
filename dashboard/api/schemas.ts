import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { bookmarkRule } from '../../model/arguments.ts'
import { changesSchema } from '../../model/changes.ts'
import { entityRef, id } from '../../model/ids.ts'
import type { Kinds } from '../../model/kinds.ts'
import { eventSchema, within } from '../../model/new-events.ts'
import { boundedList } from '../../model/parse.ts'
import { problemSchema } from '../problem.ts'

/** A fastify whose routes have the types of their zod schemas. */
export type ApiApp = Parameters<FastifyPluginAsyncZod>[0]

/** How many values one request may name. */
const most = 1_000

export const some = <T extends z.ZodType>(item: T) => boundedList(item, { least: 1, most })
export const limit = z
  .int()
  .min(1)
  .max(1_000)
  .meta({ description: 'Events; at most HEARTH_TOP_K, by default all of these' })

export const worldParams = z.object({ worldId: id.meta({ examples: ['xah-atho'] }) })
export { entityRef }
export const at = {
  description:
    'Each item gets `at`: its timestamp in microseconds since 1970 (UTC), null for what is no timestamp',
}
export const queueParams = z.object({
  queue: z
    .string()
    .min(1)
    .max(64)
    .meta({ examples: ['warm'] }),
})
export const jobParams = queueParams.extend({ id: z.string().min(1).max(1_000) })

const bookmark = z.string().min(1).max(bookmarkRule.longest)
export const changesBody = z
  .strictObject({
    changes: changesSchema,
    recorded: id.optional().meta({ description: 'The id of the outbox node that recorded them' }),
    bookmark: z
      .union([bookmark, boundedList(bookmark, { most: bookmarkRule.most })])
      .optional()
      .meta({
        description: 'Of their commit, as the driver of the source gives it: for a source of several servers',
      }),
  })
  .meta({ examples: [{ changes: [{ kind: 'event-added', entityIds: ['c1'] }, { kind: 'flags-changed' }] }] })
export const warmBody = ({ namesSchema }: Kinds) =>
  z
    .strictObject({
      force: z.boolean().default(false).meta({ description: 'Loads anew what is warm already' }),
      kinds: namesSchema.optional().meta({ description: 'Only these; default: all' }),
    })
    .meta({ examples: [{ force: true, kinds: ['timeline'] }] })
export const auditBody = ({ namesSchema }: Kinds) =>
  z
    .strictObject({
      all: z
        .boolean()
        .optional()
        .meta({ description: 'All that is cached, not a sample of what is read most' }),
      kinds: namesSchema.optional().meta({ description: 'All that is cached of these kinds' }),
      sample: z
        .int()
        .min(1)
        .max(100_000)
        .optional()
        .meta({ description: 'Entries in a sample; default 100' }),
      repair: z.boolean().optional().meta({ description: 'Invalidates what stays wrong; default true' }),
    })
    .meta({ examples: [{ all: true, repair: false }] })
export const retryBody = z
  .strictObject({
    eventIds: some(id).optional().meta({ description: 'Default: all that were set aside' }),
  })
  .meta({ examples: [{ eventIds: ['e1'] }] })
export const retried = z.object({ retried: z.int().meta({ description: 'How many are pending again' }) })
export const retryFailedBody = z
  .strictObject({
    reason: z.string().min(1).max(10_000).optional().meta({
      description: 'Only jobs that failed for this reason; ids and numbers in it may differ',
    }),
  })
  .meta({ examples: [{ reason: 'there is no world "w1"' }] })
export const retriedJobs = z.object({
  retried: z.int().meta({ description: 'How many run again: the newest, 200 at most' }),
  remaining: z.int().meta({ description: 'How many failed jobs the queue has now' }),
})
export const queueState = z.object({ queue: z.string(), isPaused: z.boolean() })
export const flagsBody = z
  .record(z.string(), z.unknown())
  .meta({ examples: [{ weather: 'storm', gold: 120 }] })
export const snapshotBody = z
  .record(z.string(), z.unknown())
  .meta({ description: 'Fields of a snapshot; those that are left out stay as they are' })
  .meta({ examples: [{ world_status: 'paused' }] })
export const refreshBody = z
  .strictObject({
    entities: some(z.union([id, entityRef]))
      .optional()
      .meta({ description: 'Ids, or types and ids; without any, the timelines that are read most' }),
  })
  .meta({ examples: [{ entities: ['c1', { type: 'character', id: 'c2' }] }] })
/** No union of the three, of whose wrong fields a problem would not say which they are. */
export const invalidateBody = ({ targetSchema, namesSchema }: Kinds) =>
  z
    .strictObject({
      targets: some(targetSchema).optional(),
      kinds: namesSchema.optional().meta({ description: 'All that is cached of these' }),
      all: z.literal(true).optional().meta({ description: 'All that is cached of the world' }),
    })
    .refine(body => Object.keys(body).length === 1, 'must have one of targets, kinds and all')
    .meta({ examples: [{ targets: [{ kind: 'timeline', id: 'c1' }, { kind: 'flags' }] }] })
/** A number with its digits, as it came: `within` makes one of JavaScript's of it, and what transforms has no examples. */
const numberFrom = (minimum: number, maximum: number) =>
  z
    .unknown()
    .refine(given => within(minimum, maximum).safeParse(given).success, {
      message: `must be a number from ${minimum} to ${maximum}`,
    })
    .meta({ type: ['number', 'null'], minimum, maximum })
    .optional()
export const appendBody = z
  .strictObject({
    events: some(
      eventSchema.extend({
        event_id: id.nullish().meta({ description: 'Default: a random one, which the answer has' }),
        emotional_impact: numberFrom(-1, 1),
        significance_level: numberFrom(1, 10),
      }),
    ),
  })
  .meta({
    examples: [
      {
        events: [
          { event_id: 'e1', timestamp: '2026-11-27T18:00:00', participants: ['c1'], title: 'meets a bard' },
        ],
      },
    ],
  })

export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(256)
    .optional()
    .meta({ description: 'The same key for a day: done once, answered alike' }),
})

export const jobRef = z.object({ queue: z.string(), id: z.string() }).meta({ id: 'JobRef' })
export const jobRefs = z.object({ jobs: z.array(jobRef) })
export const changed = z.object({
  outcome: z.enum(['invalidated', 'deferred']).meta({
    description: 'deferred: the cache is away; readers see the change once the outbox has been relayed',
  }),
})
export const invalidated = changed.extend({
  existed: z.int().meta({ description: 'How many entries were there' }),
})
export const done = z.looseObject({}).meta({ description: 'What came of it' })

export const job = z
  .object({
    queue: z.string(),
    id: z.string(),
    name: z.string(),
    state: z
      .string()
      .meta({ description: 'waiting, active, waiting-children, delayed, completed, failed, …' }),
    worldId: z.string().nullable(),
    progress: z
      .object({
        done: z.number(),
        total: z.number(),
        readyMs: z.number().optional().meta({
          description:
            'Of a warming: milliseconds from addedAt until flags, snapshot and what is read most were warm; absent before',
        }),
      })
      .nullable(),
    result: z.unknown(),
    failedReason: z.string().nullable(),
    attemptsMade: z.int(),
    addedAt: z.number().meta({ description: 'Milliseconds since 1970; likewise below' }),
    startedAt: z.number().nullable(),
    finishedAt: z.number().nullable(),
  })
  .meta({ id: 'Job' })

const problem = { content: { 'application/problem+json': { schema: problemSchema } } }

/** What any request of the API may be answered with. */
export const problems = {
  '4xx': { ...problem, description: 'The request is not right' },
  '5xx': { ...problem, description: 'Something is away or broken' },
}
