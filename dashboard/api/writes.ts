import type { FastifyContextConfig } from 'fastify'
import { z } from 'zod'
import type { Kinds } from '../../model/kinds.ts'
import { RequestProblem } from '../problem.ts'
import type { ApiApp } from './app.ts'
import type { Backend } from './backend.ts'
import * as s from './schemas.ts'

/** What a game tells (`write`), and what an operator does by hand (`operate`). */
export function writeRoutes(app: ApiApp, backend: Backend, kinds: Kinds): void {
  const write = { needs: 'write' } as const
  const operate = (action: string): FastifyContextConfig => ({ needs: 'operate', action })
  const common = { params: s.worldParams, headers: s.idempotencyHeaders }
  const accepted = { 202: s.jobRef, ...s.problems }

  app.post(
    '/worlds/:worldId/activation',
    {
      config: write,
      schema: {
        ...common,
        tags: ['game'],
        summary: 'The world is played from now on: warms it',
        response: accepted,
      },
    },
    async ({ params }, reply) => reply.code(202).send(await backend.activated(params.worldId)),
  )
  app.delete(
    '/worlds/:worldId/activation',
    {
      config: write,
      schema: {
        ...common,
        tags: ['game'],
        summary: 'The world is no longer played',
        response: { 200: s.done, ...s.problems },
      },
    },
    async ({ params }) => asObject(await available(backend.deactivated, 'deactivation')(params.worldId)),
  )
  app.post(
    '/worlds/:worldId/changes',
    {
      config: write,
      schema: {
        ...common,
        tags: ['game'],
        summary: 'What the game did to the source itself, after its commit: readers see it from now on',
        body: s.changesBody,
        response: { 200: s.changed, ...s.problems },
      },
    },
    async ({ params, body: { changes, recorded } }) => ({
      outcome: await backend.changed(params.worldId, changes, recorded === undefined ? {} : { recorded }),
    }),
  )
  app.post(
    '/worlds/:worldId/events',
    {
      config: { ...write, keepsDigits: true },
      schema: {
        ...common,
        tags: ['game'],
        summary: 'Events to append: seen at once, written to the source soon',
        body: s.appendBody,
        response: { 202: s.done, ...s.problems },
      },
    },
    async ({ params, body }, reply) => {
      const append = available(backend.appendEvents, 'appending events')
      return reply
        .code(202)
        .send(asObject(await append(params.worldId, body.events.map(withoutNull) as never)))
    },
  )

  app.post(
    '/worlds/:worldId/warm',
    {
      config: operate('warm'),
      schema: {
        ...common,
        tags: ['operator'],
        summary: 'Warms a world',
        body: s.warmBody.nullish(),
        response: accepted,
      },
    },
    async ({ params, body }, reply) =>
      reply.code(202).send(await backend.warm(params.worldId, { force: body?.force ?? false })),
  )
  app.post(
    '/worlds/:worldId/refresh',
    {
      config: operate('refresh'),
      schema: {
        ...common,
        tags: ['operator'],
        summary: 'Loads values anew, beside the living ones',
        body: s.refreshBody.nullish(),
        response: { 202: s.jobRefs, ...s.problems },
      },
    },
    async ({ params, body }, reply) => {
      const refresh = available(backend.refresh, 'refreshing')
      return reply.code(202).send({ jobs: await refresh(params.worldId, body?.entities) })
    },
  )
  app.post(
    '/worlds/:worldId/invalidate',
    {
      config: operate('invalidate'),
      schema: {
        ...common,
        tags: ['operator'],
        summary: 'Makes values stale, or all that is cached of a world',
        body: s.invalidateBody(kinds),
        response: { 200: s.invalidated, ...s.problems },
      },
    },
    async ({ params, body }) => backend.invalidate(params.worldId, 'all' in body ? 'all' : body.targets),
  )
}

function available<F>(part: F | undefined, what: string): F {
  if (part) return part
  throw new RequestProblem('NotAvailable', `${what} is not available in this process`)
}

/** In many languages a field that is not given is sent as null. */
const withoutNull = ({ event_id, ...event }: z.infer<typeof s.appendBody>['events'][number]) =>
  event_id === null || event_id === undefined ? event : { event_id, ...event }

const objects = z.looseObject({})
/** What the library returned, where that is an object. */
const asObject = (value: unknown): Record<string, unknown> =>
  objects.safeParse(value).data ?? { outcome: value ?? 'done' }
