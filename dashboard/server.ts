import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { Queue } from 'bullmq'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify'
import type { Logger } from 'pino'
import type { Operations } from '../jobs/operations.ts'
import { HearthError } from '../model/errors.ts'
import { jsonText } from '../model/json.ts'
import { createActions } from '../queues/actions.ts'
import { createIdempotency } from '../queues/idempotency.ts'
import { createRevokedSessions } from '../queues/revoked-sessions.ts'
import { createHttpMetrics } from '../telemetry/http-metrics.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type AccessDeps, callerOf, guard } from './access/access.ts'
import { loginRoutes } from './access/login.ts'
import { requireLoopback } from './access/loopback.ts'
import type { Principal } from './access/tokens.ts'
import { observeAnswers, requestIdOf } from './answered.ts'
import { api } from './api/api.ts'
import type { Backend } from './api/backend.ts'
import { openApi } from './api/openapi.ts'
import { assets } from './assets.ts'
import { bullBoard, type Redact } from './bull-board.ts'
import { answerClientError, answerOddRequests, requireHost } from './client-errors.ts'
import { consoleRoutes } from './console/console.ts'
import type { OverviewSources } from './console/looks.ts'
import { healthChecks } from './health.ts'
import { jsonBodies } from './json-body.ts'
import { refuseUnrouted } from './not-found.ts'
import { logOperators } from './operators-log.ts'
import { RequestProblem, sendProblem } from './problem.ts'
import { requestSpans } from './request-spans.ts'
import { validatorCompiler } from './validation.ts'

export interface DashboardDeps {
  /** `HEARTH_HOST`: without tokens, an address of this machine that no other can reach. */
  host: string
  /** `HEARTH_PORT`: 0 for any free one. */
  port: number
  metrics: Pick<Metrics, 'registry'>
  /** What Bull Board shows. */
  queues: readonly Queue[]
  /** What keeps the process from its work, in words; empty when it is ready. */
  ready: () => Promise<string[]>
  log: Logger
  /** `HEARTH_TOKENS`: who may do what. Without any, everybody on this machine may do everything. */
  principals: readonly Principal[]
  /** Requests a minute of one token or address. */
  rateLimit: number
  backend: Backend
  /** What operators ask and do beside it. */
  operations: Operations
  /** Whether requests of the HTTP API get spans. */
  tracing: boolean
  /** What the overview shows; each kind of its cache has routes of the HTTP API. */
  overview: OverviewSources
  /** Keeps private fields out of Bull Board. */
  redact: Redact
  version: string
}

export interface Dashboard {
  /** Like `http://127.0.0.1:3400`, with the port that was really taken. */
  url: string
  /** Every page, to be shown where the process was started. */
  addresses: { name: string; url: string }[]
  /** Cuts what is under way, so that a browser's open connection does not hold up the process. Safe twice. */
  close(): Promise<void>
}

/** Larger than any batch that the API takes. Bytes. */
const bodyLimit = 4 * 1024 * 1024
/** Requests a minute of an address without a token that is known. */
const strangersLimit = 300

const pages = [
  { name: 'Console', path: '/' },
  { name: 'Bull Board', path: '/queues' },
  { name: 'HTTP API', path: '/docs' },
  { name: 'Metrics', path: '/metrics' },
  { name: 'Alive', path: '/healthz' },
  { name: 'Ready', path: '/readyz' },
]

/** Serves the pages of a process. Throws `InvalidConfig` for an address or a port that cannot be had. */
export async function startDashboard(deps: DashboardDeps): Promise<Dashboard> {
  const { host, port, principals } = deps
  if (principals.length === 0) await requireLoopback(host)
  const app = await buildApp(deps)
  const url = await listen(app, host, port)
  return {
    url,
    addresses: pages.map(({ name, path }) => ({ name, url: url + path })),
    close: () => app.close(),
  }
}

async function buildApp(deps: DashboardDeps): Promise<FastifyInstance> {
  const { metrics, queues, log, principals, backend, overview, redact, version, tracing } = deps
  const { store, cache, differing } = overview
  const revokedSessions = createRevokedSessions(store)
  const actions = createActions(store)

  const app = createApp(log)
  observeAnswers(app, createHttpMetrics(metrics.registry), log)
  app.addHook('onRequest', requireHost)
  if (tracing) requestSpans(app) // before who may is asked, so that a refusal has its span too
  await protect(app, deps, revokedSessions)
  logOperators(app, actions)

  assets(app)
  app.get('/metrics', { config: { needs: 'read' } }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
  app.register(healthChecks, { ready: deps.ready, differing, near: overview.near })
  if (principals.length > 0) loginRoutes(app, { principals, revokedSessions })
  app.register(async board => {
    board.addHook('onRoute', route => {
      route.config = { ...route.config, needs: 'operate', page: true }
    })
    board.register(bullBoard(queues, '/queues', redact), { prefix: '/queues' })
  })
  await openApi(app, { version })
  const prefix = '/api/v1'
  const idempotency = createIdempotency(store)
  app.register(api, {
    prefix,
    backend,
    operations: deps.operations,
    schedules: overview.schedules,
    kinds: cache.keys.kinds,
    idempotency,
  })
  const links = pages.filter(({ path }) => path !== '/')
  app.register(consoleRoutes, {
    links,
    sources: overview,
    operations: deps.operations,
    queues,
    actions,
    revokedSessions,
    log,
  })
  return app
}

/** A server that takes JSON and answers every error with a problem. */
function createApp(log: Logger): FastifyInstance {
  const app: FastifyInstance = fastify({
    forceCloseConnections: true,
    bodyLimit,
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: 3 * 1_024 }, // an id of 256 bytes, percent-encoded
    genReqId: requestIdOf,
    http: { requireHostHeader: false }, // Node would answer with an empty 400
    return503OnClosing: false, // what is closed says so itself, as a problem
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) =>
      void sendProblem(error, request as FastifyRequest, reply as never),
  })
  answerOddRequests(app)
  jsonBodies(app)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(() => data => jsonText(data)) // the schemas of answers are for the documents
  app.setErrorHandler(sendProblem)
  return app
}

/** What every request passes before its route: who asks, whether they may, and how often. */
async function protect(
  app: FastifyInstance,
  { principals, rateLimit: limit }: DashboardDeps,
  revokedSessions: AccessDeps['revokedSessions'],
): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy,
    hsts: false, // the choice of the proxy that speaks TLS for us
    crossOriginOpenerPolicy: false,
    referrerPolicy: { policy: 'same-origin' }, // with none at all, a form of our own says it comes from nowhere
  })
  await app.register(cookie)
  refuseUnrouted(app)
  guard(app, { principals, revokedSessions })
  await app.register(rateLimit, {
    max: request => (request.who ? limit : strangersLimit),
    keyGenerator: callerOf,
    timeWindow: 60_000,
    errorResponseBuilder(_request, { ttl, max }) {
      const retryAfterS = Math.max(1, Math.ceil(ttl / 1_000)) // the header and the text say the same
      const detail = `More than ${max} requests in a minute; ask again in ${retryAfterS} s`
      return new RequestProblem('TooManyRequests', detail, { retryAfterS })
    },
  })
}

/**
 * Nothing from elsewhere: Bull Board would fetch its fonts from Google, telling it who looks here, and wait for them
 * where there is no way out.
 */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port, listenTextResolver: address => `the pages are at ${address}` })
  } catch (cause) {
    await app.close()
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const problem = listenProblems[String(code)]
    if (problem === undefined) throw cause
    throw new HearthError('InvalidConfig', problem(host, port), { cause })
  }
}

const listenProblems: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (host, port) =>
    `HEARTH_PORT is ${port}, where something else listens on ${host} already; another port, or 0 for any free one`,
  EACCES: (_host, port) => `HEARTH_PORT is ${port}, which this user may not use; a port above 1023`,
  EADDRNOTAVAIL: host => `HEARTH_HOST is "${host}", which is no address of this machine; 127.0.0.1`,
}
