import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Kinds } from '../../model/kinds.ts'
import type { Idempotency } from '../../queues/idempotency.ts'
import type { Backend } from './backend.ts'
import { jobRoutes } from './jobs.ts'
import { beginOnce, endOnce } from './once.ts'
import { readRoutes } from './reads.ts'
import { writeRoutes } from './writes.ts'

export interface ApiDeps {
  backend: Backend
  kinds: Kinds
  queues: readonly Queue[]
  idempotency: Idempotency
}

/** The HTTP API, for a game in any language. Its prefix is `/api/v1`. */
export async function api(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  app.decorateRequest('once', null)
  app.addHook('onRoute', route => {
    route.config = { ...route.config, traced: true }
  })
  const typed = app.withTypeProvider<ZodTypeProvider>()
  readRoutes(typed, deps.backend, deps.kinds.all)
  jobRoutes(typed, deps.queues)
  app.register(async writing => {
    writing.addHook('preHandler', beginOnce(deps.idempotency))
    writing.addHook('onSend', endOnce)
    writeRoutes(writing.withTypeProvider<ZodTypeProvider>(), deps.backend, deps.kinds)
  })
}
