import { z } from 'zod'
import type { Operations } from '../../jobs/operations.ts'
import { jsonText } from '../../model/json.ts'
import { type JobState, jobStates } from '../../queues/job-states.ts'
import type { ScheduleRow } from '../console/schedule-row.ts'
import { RequestProblem } from '../problem.ts'
import * as s from './schemas.ts'

export type ScheduleSource = () => Promise<ScheduleRow[]>

const read = { needs: 'read' } as const
const operator = ['operator']

/** What operators look at: worlds, what of one is cached, is read most or waits for the source. */
export function worldRoutes(app: s.ApiApp, operations: Operations): void {
  const page = z.object({ limit: number(1, 1_000, 100), offset: number(0, 1_000_000, 0) })
  app.get(
    '/worlds',
    {
      config: read,
      schema: {
        tags: operator,
        operationId: 'listWorlds',
        summary: 'The worlds that were activated or read in the last day, the latest first',
        querystring: page,
        response: { 200: worlds, ...s.problems },
      },
    },
    ({ query }) => operations.worlds(query),
  )
  app.get(
    '/worlds/:worldId/inspect',
    {
      config: read,
      schema: {
        tags: operator,
        operationId: 'inspectWorld',
        summary: 'What of a world is cached, by kind',
        params: s.worldParams,
        response: { 200: s.done, ...s.problems },
      },
    },
    async ({ params }) => ({ ...(await operations.inspect(params.worldId)) }),
  )
  app.get(
    '/worlds/:worldId/popular',
    {
      config: read,
      schema: {
        tags: operator,
        operationId: 'popularEntities',
        summary: 'The entities that are read most, the most read first',
        params: s.worldParams,
        querystring: z.object({ top: number(1, 1_000, 20) }),
        response: { 200: popular, ...s.problems },
      },
    },
    async ({ params, query }) => ({ entities: await operations.popular(params.worldId, query.top) }),
  )
  app.get(
    '/worlds/:worldId/pending',
    {
      config: read,
      schema: {
        tags: operator,
        operationId: 'pendingEvents',
        summary: 'Accepted events that are not yet in the source, and those that were set aside',
        params: s.worldParams,
        response: { 200: pending, ...s.problems },
      },
    },
    async ({ params }, reply) => {
      const found = await operations.pending(params.worldId)
      return reply.type('application/json').send(jsonText(found) as never)
    },
  )
}

/** When the rounds of the schedulers ran, and when they will. */
export function scheduleRoute(app: s.ApiApp, schedules: ScheduleSource): void {
  app.get(
    '/schedules',
    {
      config: read,
      schema: {
        tags: operator,
        operationId: 'listSchedules',
        summary: 'The rounds of the schedulers: when they ran, and when they will',
        response: { 200: rounds, ...s.problems },
      },
    },
    async () => ({ schedules: await schedules() }),
  )
}

/** The processes of the fleet. */
export function processRoute(app: s.ApiApp, operations: Operations): void {
  app.get(
    '/processes',
    {
      config: read,
      schema: {
        tags: operator,
        operationId: 'listProcesses',
        summary: 'The processes of the fleet, games too, and in what their configurations differ',
        response: { 200: processes, ...s.problems },
      },
    },
    async () => ({ processes: await operations.processes() }),
  )
}

/** The jobs of the queues. */
export function jobRoutes(app: s.ApiApp, operations: Operations): void {
  const tags = ['jobs']
  app.get(
    '/jobs/:queue',
    {
      config: read,
      schema: {
        tags,
        operationId: 'listJobs',
        summary: 'The newest jobs of a queue in one state',
        params: s.queueParams,
        querystring: z.object({
          state: z.enum(jobStates).default('failed'),
          limit: number(1, 1_000, 20),
        }),
        response: { 200: z.object({ jobs: z.array(s.job) }), ...s.problems },
      },
    },
    async ({ params: { queue }, query }) => {
      const jobs = await operations.jobs({ queue, state: query.state as JobState, limit: query.limit })
      return { jobs: jobs ?? noSuchQueue(queue) }
    },
  )
  app.get(
    '/jobs/:queue/:id',
    {
      config: read,
      schema: {
        tags,
        operationId: 'readJob',
        summary: 'The state and the result of a job',
        params: s.jobParams,
        response: { 200: s.job, ...s.problems },
      },
    },
    async ({ params }) => (await operations.job(params)) ?? noSuchJob(),
  )
}

export function noSuchJob(): never {
  const detail = 'No such job; finished ones are kept for a day, failed ones for a week'
  throw new RequestProblem('JobNotFound', detail)
}

export function noSuchQueue(queue: string): never {
  throw new RequestProblem('NotFound', `There is no queue ${JSON.stringify(queue)}`)
}

const number = (least: number, most: number, usual: number) =>
  z.coerce.number().pipe(z.int().min(least).max(most)).default(usual)

const worlds = z.object({
  worlds: z.array(
    z.object({
      id: z.string(),
      lastActiveAt: z.number().meta({ description: 'Milliseconds since 1970' }),
    }),
  ),
  total: z.int(),
})
const rounds = z.object({
  schedules: z.array(
    z.object({
      name: z.string(),
      expression: z.string().meta({ description: 'Cron, in UTC' }),
      lastRunAt: z.number().nullable().meta({ description: 'Milliseconds since 1970; likewise below' }),
      tookMs: z.number().nullable(),
      nextRunAt: z.number(),
      skipped: z.int(),
    }),
  ),
})
const processes = z.object({
  processes: z.array(
    z.object({
      name: z.string(),
      by: z.string().meta({ description: 'Host and process number' }),
      since: z.number().nullable().meta({ description: 'Milliseconds since 1970' }),
      lostAt: z.number().nullable().meta({ description: 'When it was found to have ended without a word' }),
      version: z.string().nullable().meta({ description: 'Of Hearth; null in older versions' }),
      config: z.string().meta({ description: 'A digest of what decides about cached values in it' }),
      differences: z
        .array(z.object({ part: z.string(), here: z.string().nullable(), there: z.string().nullable() }))
        .meta({ description: 'From what most processes have (`here`)' }),
      status: z
        .object({
          at: z.number().meta({ description: 'When it said so, in milliseconds since 1970' }),
          cache: z.string().meta({ description: 'trusted, away, catching-up' }),
          near: z
            .object({ state: z.string(), bytes: z.number(), entries: z.number() })
            .nullable()
            .meta({ description: 'Its near cache: armed, connecting, off; null where it has none' }),
          loopDelayMs: z
            .number()
            .meta({ description: 'How late its event loop was lately, 99 % of the time' }),
          rssBytes: z.number(),
          heapBytes: z.number(),
        })
        .nullable()
        .meta({ description: 'How it is, by its own last word; null in older versions' }),
    }),
  ),
})
const popular = z.object({
  entities: z.array(
    z.object({
      id: z.string(),
      score: z.number(),
      readsPerMinute: z.number().meta({ description: 'The steady rate that has this score' }),
      expiresInMs: z.number().nullable().meta({ description: 'null: not warm' }),
    }),
  ),
})
const pending = z.object({
  pending: z.int(),
  oldestMs: z.number().meta({ description: 'How long ago the first was accepted' }),
  dead: z.array(z.looseObject({ reason: z.string(), atMs: z.number() })).meta({
    description: 'Events that were set aside, because the source will never take them',
  }),
})
