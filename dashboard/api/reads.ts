import type { FastifyReply } from 'fastify'
import { jsonText } from '../../json-text.ts'
import { RequestProblem } from '../problem.ts'
import type { ApiApp } from './app.ts'
import type { Backend } from './backend.ts'
import * as s from './schemas.ts'

export interface ReadDeps {
  backend: Backend
  /** A timestamp as a number that sorts: microseconds since 1970 (UTC); null for what is none. */
  micros(timestamp: string): bigint | null
}

/** What a game reads: from the cache where it is warm, else through one load for all who ask. */
export function readRoutes(app: ApiApp, { backend, micros }: ReadDeps): void {
  const config = { needs: 'read' } as const
  const tags = ['reads']

  app.get(
    '/worlds/:worldId/flags',
    {
      config,
      schema: { tags, summary: 'Flags', params: s.worldParams, response: { 200: s.flags, ...s.problems } },
    },
    async ({ params }) => found(await backend.flags(params.worldId, exact), 'world'),
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
    async ({ params }) => found(await backend.snapshot(params.worldId, exact), 'world'),
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
      found(await backend.entity(worldId, { type, id }, exact), type) as never,
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
      entities: (await backend.entities(params.worldId, body.refs, exact)) as never[],
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
    async ({ params: { worldId, entityId }, query }, reply) => {
      const events = await backend.timeline(worldId, entityId, given(query.limit))
      if (query.at !== 'true') return { events: events as never[] }
      return asText(reply, `{"events":${eventsWithTimes(events, micros)}}`)
    },
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
    async ({ params, body }, reply) => {
      const timelines = await backend.timelines(params.worldId, body.entityIds, given(body.limit))
      if (!body.at) return { timelines: Object.fromEntries(timelines) as never }
      const each = Array.from(
        timelines,
        ([id, events]) => `${JSON.stringify(id)}:${eventsWithTimes(events, micros)}`,
      )
      return asText(reply, `{"timelines":{${each.join()}}}`)
    },
  )
}

/** Events as JSON text, each with its time as a number of all its digits, which a JavaScript number may not hold. */
function eventsWithTimes(events: readonly object[], micros: ReadDeps['micros']): string {
  const texts = events.map(event => {
    const { timestamp } = event as { timestamp: string }
    return `${jsonText(event).slice(0, -1)},"at":${micros(timestamp) ?? null}}`
  })
  return `[${texts.join()}]`
}

const asText = (reply: FastifyReply, text: string) => reply.type('application/json').send(text) as never

/** Numbers are answered with their digits: who asks may well be no JavaScript. */
const exact = { exactNumbers: true } as const

const given = (limit: number | undefined) => (limit === undefined ? exact : { ...exact, limit })

function found(value: object | null, what: string): Record<string, unknown> {
  if (value !== null) return value as Record<string, unknown>
  throw new RequestProblem('NotFound', `There is no such ${what}, or it is private`)
}
