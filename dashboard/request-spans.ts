import { type Context, context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { tracer } from '../telemetry/tracing.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A request gets a span, where tracing is on. */
    traced?: true
  }
}

/**
 * A span for each request of a `traced` route, by OpenTelemetry's conventions for HTTP. It goes on with the trace that
 * the request's `traceparent` names. A query is left out: it may be the text of a search.
 */
export function requestSpans(app: FastifyInstance): void {
  const contexts = new WeakMap<FastifyRequest, Context>()

  app.addHook('onRequest', async request => {
    const { method, url, protocol, headers, routeOptions } = request
    if (!routeOptions.config.traced) return
    const active = context.active()
    // Where the process has a span for the request already, ours is a part of that.
    const parent = trace.getSpan(active) ? active : propagation.extract(active, headers)
    const route = routeOptions.url ?? ''
    const attributes = {
      'http.request.method': method,
      'http.route': route,
      'url.path': url.split('?', 1)[0],
      'url.scheme': protocol,
    }
    const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent)
    contexts.set(request, trace.setSpan(parent, span))
  })

  // Not sooner: a body arrives by events of its socket, which know of no request.
  app.addHook('preValidation', (request, _reply, done) => {
    const within = contexts.get(request)
    if (within) context.with(within, done)
    else done()
  })

  app.addHook('onResponse', async (request, { statusCode }) => {
    const within = contexts.get(request)
    const span = within && trace.getSpan(within)
    if (!span) return
    span.setAttribute('http.response.status_code', statusCode)
    if (statusCode >= 500) {
      span.setStatus({ code: SpanStatusCode.ERROR })
      span.setAttribute('error.type', String(statusCode))
    }
    span.end()
  })
}
