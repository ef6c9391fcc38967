import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Operations } from '../../jobs/operations.ts'
import type { Kinds } from '../../model/kinds.ts'
import type { Idempotency } from '../../queues/idempotency.ts'
import type { Backend } from './backend.ts'
import { beginOnce, endOnce } from './once.ts'
import { jobRoutes, processRoute, type ScheduleSource, scheduleRoute, worldRoutes } from './operations.ts'
import { readRoutes } from './reads.ts'
import { versionRoutes } from './version.ts'
import { writeRoutes } from './writes.ts'

export interface ApiDeps {
  backend: Backend
  operations: Operations
  schedules: ScheduleSource
  kinds: Kinds
  idempotency: Idempotency
}

/** The HTTP API, for a game in any language. Its prefix is `/api/v1`. */
export async function api(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { backend, operations, kinds } = deps
  app.decorateRequest('once', null)
  app.addHook('onRoute', route => {
    route.config = { ...route.config, traced: true }
  })
  const typed = app.withTypeProvider<ZodTypeProvider>()
  readRoutes(typed, backend, kinds.all)
  versionRoutes(typed, backend, kinds)
  worldRoutes(typed, operations)
  processRoute(typed, operations)
  jobRoutes(typed, operations)
  scheduleRoute(typed, deps.schedules)
  app.register(async writing => {
    writing.addHook('preHandler', beginOnce(deps.idempotency))
    writing.addHook('onSend', endOnce)
    writeRoutes(writing.withTypeProvider<ZodTypeProvider>(), { backend, operations, kinds })
  })
}
