import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Operations } from '../../jobs/operations.ts'
import type { Kinds } from '../../model/kinds.ts'
import type { AppendedEvent } from '../../model/new-events.ts'
import type { Flags, Snapshot } from '../../model/world-data.ts'
import type { Backend } from './backend.ts'
import { queueActionRoutes } from './queue-actions.ts'
import * as s from './schemas.ts'

/** What a game tells (`write`), and what an operator does by hand (`operate`). */
export function writeRoutes(app: s.ApiApp, deps: WriteDeps): void {
  gameRoutes(app, deps.backend)
  operatorRoutes(app, deps)
  queueActionRoutes(app, deps.operations)
}

interface WriteDeps {
  backend: Backend
  operations: Operations
  kinds: Kinds
}

/** Numbers are answered with their digits. */
const exact = { exactNumbers: true } as const

function gameRoutes(app: s.ApiApp, backend: Backend): void {
  add(app, {
    id: 'activate',
    path: 'activation',
    summary: 'The world is played from now on: warms it',
    answer: { 202: s.jobRef },
    run: worldId => backend.activated(worldId),
  })
  add(app, {
    method: 'DELETE',
    id: 'deactivate',
    path: 'activation',
    summary: 'The world is no longer played',
    answer: { 200: s.done },
    run: async worldId => ({ outcome: await backend.deactivated(worldId) }),
  })
  add(app, {
    method: 'PUT',
    id: 'setFlags',
    path: 'flags',
    keepsDigits: true,
    bodyIs: 'flags',
    summary: 'Merges into the flags, written through; null removes a flag',
    body: s.flagsBody,
    answer: { 200: s.flagsBody },
    run: (worldId, patch) => backend.setFlags(worldId, patch as Flags, exact),
  })
  add(app, {
    method: 'PATCH',
    id: 'saveSnapshot',
    path: 'snapshot',
    keepsDigits: true,
    bodyIs: 'snapshot',
    summary: 'Writes fields of the snapshot, written through',
    body: s.snapshotBody,
    answer: { 200: s.done },
    run: (worldId, fields) => backend.saveSnapshot(worldId, fields as Partial<Snapshot>, exact),
  })
  add(app, {
    id: 'changed',
    path: 'changes',
    summary: 'What the game did to the source itself, after its commit: readers see it from now on',
    body: s.changesBody,
    answer: { 200: s.changed },
    run: async (worldId, { changes, recorded, bookmark }) => ({
      outcome: await backend.changed(worldId, changes, {
        ...(recorded !== undefined && { recorded }),
        ...(bookmark !== undefined && { bookmark }),
      }),
    }),
  })
  add(app, {
    id: 'appendEvents',
    path: 'events',
    keepsDigits: true,
    summary: 'Events to append: seen at once, written to the source soon',
    body: s.appendBody,
    answer: { 202: s.done },
    run: (worldId, { events }) => backend.appendEvents(worldId, events.map(withoutNull) as AppendedEvent[]),
  })
}

function operatorRoutes(app: s.ApiApp, { backend, operations, kinds }: WriteDeps): void {
  add(app, {
    id: 'warm',
    path: 'warm',
    action: 'warm',
    summary: 'Warms a world, or some kinds of it',
    body: s.warmBody(kinds).nullish(),
    answer: { 202: s.jobRef },
    run: (worldId, body) => backend.warm(worldId, body ?? {}),
  })
  add(app, {
    id: 'refresh',
    path: 'refresh',
    action: 'refresh',
    summary: 'Loads values anew, beside the living ones',
    body: s.refreshBody.nullish(),
    answer: { 202: s.jobRefs },
    run: async (worldId, body) => ({ jobs: await backend.refresh(worldId, body?.entities) }),
  })
  add(app, {
    id: 'invalidate',
    path: 'invalidate',
    action: 'invalidate',
    summary: 'Makes values stale, or all that is cached of a world or of some of its kinds',
    body: s.invalidateBody(kinds),
    answer: { 200: s.invalidated },
    run: (worldId, { targets, kinds: some }) =>
      backend.invalidate(worldId, targets ?? (some ? { kinds: some } : 'all')),
  })
  add(app, {
    id: 'audit',
    path: 'audits',
    action: 'audit',
    summary: 'Compares what is cached of a world with the source',
    body: s.auditBody(kinds).nullish(),
    answer: { 202: s.jobRef },
    run: (worldId, body) => backend.audit(worldId, body ?? {}),
  })
  add(app, {
    id: 'retryPending',
    path: 'pending/retry',
    action: 'retry set-aside events',
    summary: 'Makes events pending again that were set aside',
    body: s.retryBody.nullish(),
    answer: { 200: s.retried },
    run: async (worldId, body) => ({ retried: await operations.retryPending(worldId, body?.eventIds) }),
  })
}

/** A route that changes something of a world. */
interface WriteRoute<Body extends z.ZodType> {
  /** Default `POST`. */
  method?: 'DELETE' | 'PUT' | 'PATCH'
  path: string
  /** The operation's name in the OpenAPI document. */
  id: string
  /** What an operator does by it, in a word. Without one it is for games. */
  action?: string
  keepsDigits?: true
  bodyIs?: 'flags' | 'snapshot'
  summary: string
  body?: Body
  /** Its status where it succeeds, and what comes back. */
  answer: { 200: z.ZodType } | { 202: z.ZodType }
  run(worldId: string, body: z.output<Body>): Promise<unknown>
}

function add<Body extends z.ZodType>(app: s.ApiApp, route: WriteRoute<Body>): void {
  const { method = 'POST', id, path, action, keepsDigits, bodyIs, summary, body, answer, run } = route
  const access =
    action === undefined ? ({ needs: 'write' } as const) : ({ needs: 'operate', action } as const)
  app.route({
    method,
    url: `/worlds/:worldId/${path}`,
    config: { ...access, ...(keepsDigits && { keepsDigits }), ...(bodyIs && { bodyIs }) },
    schema: {
      tags: [action === undefined ? 'game' : 'operator'],
      operationId: id,
      summary,
      params: s.worldParams,
      headers: s.idempotencyHeaders,
      ...(body && { body }),
      response: { ...answer, ...s.problems },
    },
    async handler(request: FastifyRequest, reply) {
      const { worldId } = request.params as z.output<typeof s.worldParams>
      const came = await run(worldId, request.body as z.output<Body>)
      return reply.code('202' in answer ? 202 : 200).send(came as never)
    },
  })
}

/** In many languages a field that is not given is sent as null. */
const withoutNull = ({ event_id, ...event }: z.infer<typeof s.appendBody>['events'][number]) =>
  event_id === null || event_id === undefined ? event : { event_id, ...event }
