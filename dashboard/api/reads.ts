import { RequestProblem } from '../problem.ts'
import type { ApiApp } from './app.ts'
import type { Backend } from './backend.ts'
import * as s from './schemas.ts'

/** What a game reads: from the cache where it is warm, else through one load for all who ask. */
export function readRoutes(app: ApiApp, backend: Backend): void {
  const config = { needs: 'read' } as const
  const tags = ['reads']

  app.get(
    '/worlds/:worldId/flags',
    {
      config,
      schema: { tags, summary: 'Flags', params: s.worldParams, response: { 200: s.flags, ...s.problems } },
    },
    async ({ params }) => found(await backend.flags(params.worldId), 'world'),
  )
  app.get(
    '/worlds/:worldId/snapshot',
    {
      config,
      schema: {
        tags,
        summary: 'Snapshot',
        params: s.worldParams,
        response: { 200: s.snapshot, ...s.problems },
      },
    },
    async ({ params }) => found(await backend.snapshot(params.worldId), 'world'),
  )
  app.get(
    '/worlds/:worldId/entities/:type/:id',
    {
      config,
      schema: {
        tags,
        summary: 'An entity',
        params: s.entityParams,
        response: { 200: s.entity, ...s.problems },
      },
    },
    async ({ params: { worldId, type, id } }) =>
      found(await backend.entity(worldId, { type, id }), type) as never,
  )
  app.post(
    '/worlds/:worldId/entities/read',
    {
      config,
      schema: {
        tags,
        summary: 'Many entities, by one MGET',
        params: s.worldParams,
        body: s.entitiesBody,
        response: { 200: s.entities, ...s.problems },
      },
    },
    async ({ params, body }) => ({
      entities: (await backend.entities(params.worldId, body.refs)) as never[],
    }),
  )
  app.get(
    '/worlds/:worldId/timelines/:entityId',
    {
      config,
      schema: {
        tags,
        summary: 'The newest events of an entity',
        params: s.timelineParams,
        querystring: s.timelineQuery,
        response: { 200: s.timeline, ...s.problems },
      },
    },
    async ({ params: { worldId, entityId }, query }) => ({
      events: (await backend.timeline(worldId, entityId, given(query.limit))) as never[],
    }),
  )
  app.post(
    '/worlds/:worldId/timelines/read',
    {
      config,
      schema: {
        tags,
        summary: 'The newest events of many entities, by one MGET',
        params: s.worldParams,
        body: s.timelinesBody,
        response: { 200: s.timelines, ...s.problems },
      },
    },
    async ({ params, body }) => {
      const timelines = await backend.timelines(params.worldId, body.entityIds, given(body.limit))
      return { timelines: Object.fromEntries(timelines) as never }
    },
  )
}

const given = (limit: number | undefined) => (limit === undefined ? {} : { limit })

function found(value: object | null, what: string): Record<string, unknown> {
  if (value !== null) return value as Record<string, unknown>
  throw new RequestProblem('NotFound', `There is no such ${what}, or it is private`)
}
