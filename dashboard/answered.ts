import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { createReportLimit } from '../resilience/bounded-reports.ts'
import type { HttpMetrics } from '../telemetry/http-metrics.ts'
import { problemOf, requestIdHeader } from './problem.ts'

/** What a client or a proxy calls its request; anything else could not be searched for in a log. */
const clientId = /^[\w.:+/=~-]{1,128}$/

/** The client's `X-Request-Id`, where it sent one that can be kept; otherwise a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers[requestIdHeader]
  return typeof given === 'string' && clientId.test(given) ? given : randomUUID()
}

/** The requests that no route has are one route to the metrics. */
const noRoute = 'none'

/**
 * Tells every client its request's id, counts every answer, and logs every error that is answered with a 5xx: an
 * unexpected one with its stack each time, a server that is away at most once a second, with how many it stands for.
 */
export function observeAnswers(
  app: FastifyInstance,
  metrics: HttpMetrics,
  log: Pick<Logger, 'warn' | 'error'>,
): void {
  const errors = new WeakMap<FastifyRequest, unknown>()
  const limit = createReportLimit(1_000)

  app.addHook('onRequest', async ({ id }, reply) => {
    reply.header(requestIdHeader, id)
  })
  app.addHook('onError', async (request, _reply, error) => {
    errors.set(request, error)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method } = request
    const route = request.routeOptions.url ?? noRoute
    const status = reply.statusCode
    const isStream = String(reply.getHeader('content-type')).startsWith('text/event-stream')
    if (!isStream) metrics.answered({ method, route, status }, reply.elapsedTime / 1_000)
    if (status < 500 || !errors.has(request)) return

    const error = errors.get(request)
    const facts = { reqId: request.id, method, route, path: request.url.split('?', 1)[0], status }
    const { code, detail } = problemOf(error)
    if (status === 500) return log.error({ ...facts, err: error }, 'a request could not be served')
    const before = limit(code)
    if (before === undefined) return
    const more = before > 0 ? ` (and ${before} more since the last such line)` : ''
    log.warn({ ...facts, code }, `a request could not be served: ${detail}${more}`)
  })
}
