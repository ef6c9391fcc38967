import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Kinds } from '../../model/kinds.ts'
import { findJob } from '../../queues/find-job.ts'
import type { Idempotency } from '../../queues/idempotency.ts'
import { RequestProblem } from '../problem.ts'
import type { Backend } from './backend.ts'
import { beginOnce, endOnce } from './once.ts'
import { readRoutes } from './reads.ts'
import { type ApiApp, job, jobParams, problems } from './schemas.ts'
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
  jobRoute(typed, deps.queues)
  app.register(async writing => {
    writing.addHook('preHandler', beginOnce(deps.idempotency))
    writing.addHook('onSend', endOnce)
    writeRoutes(writing.withTypeProvider<ZodTypeProvider>(), deps.backend, deps.kinds)
  })
}

function jobRoute(app: ApiApp, queues: readonly Queue[]): void {
  const schema = {
    tags: ['jobs'],
    summary: 'What became of a job',
    params: jobParams,
    response: { 200: job, ...problems },
  }
  app.get('/jobs/:queue/:id', { schema, config: { needs: 'read' } }, async request => {
    const found = await findJob(queues, request.params)
    if (found) return found
    const detail = 'No such job; finished ones are kept for a day, failed ones for a week'
    throw new RequestProblem('JobNotFound', detail)
  })
}
