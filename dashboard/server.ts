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
import { validatorCompiler } from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import type { NearStats } from '../cache/near/near-state.ts'
import { HearthError } from '../model/errors.ts'
import { jsonText } from '../model/json-text.ts'
import { createKinds, type Kinds } from '../model/kinds.ts'
import { type Actions, createActions } from '../queues/actions.ts'
import { createIdempotency } from '../queues/idempotency.ts'
import type { QueueStore } from '../queues/redis.ts'
import { createRevokedSessions } from '../queues/revoked-sessions.ts'
import { createHttpMetrics } from '../telemetry/http-metrics.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type AccessDeps, guard } from './access/access.ts'
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
import { healthChecks } from './health.ts'
import { jsonBodies } from './json-body.ts'
import { refuseUnrouted } from './not-found.ts'
import { logOperators } from './operators-log.ts'
import type { OverviewSources } from './overview/looks.ts'
import { overviewPage } from './overview/page.ts'
import { overviewRoutes } from './overview/routes.ts'
import { RequestProblem, sendProblem } from './problem.ts'
import { requestSpans } from './request-spans.ts'

export interface DashboardDeps {
  /** `HEARTH_HOST`: without tokens, an address of this machine that no other can reach. */
  host: string
  /** `HEARTH_PORT`: 0 for any free one. */
  port: number
  metrics: Pick<Metrics, 'registry'>
  /** What Bull Board shows. Without any, `/queues` is not served: a worker's metrics and health need no board. */
  queues?: readonly Queue[]
  /** What keeps the process from its work, in words; empty when it is ready. */
  ready: () => Promise<string[]>
  /** In what other processes differ from this one, in words: it is ready nevertheless. */
  differing?(): string[]
  /** What the near cache of this process holds; without it there is none. */
  near?(): NearStats
  log: Logger
  /** `HEARTH_TOKENS`: who may do what. Without any, everybody on this machine may do everything. */
  principals?: readonly Principal[]
  /** Requests a minute of one token or address. Default 60,000. */
  rateLimit?: number
  /** What the HTTP API does; needs `store`. Without it there is no API. */
  backend?: Backend
  /** What is cached: a route for each. Default: the built-in kinds. */
  kinds?: Kinds
  /** Where logins that ended, requests that were done and operators' actions are kept. */
  store?: QueueStore
  /** Whether requests of the HTTP API get spans. Default false. */
  tracing?: boolean
  /** What the overview shows. Without it the page says where the other pages are, and no more. */
  overview?: OverviewSources
  /** Keeps private fields out of Bull Board. */
  redact?: Redact
  version?: string
}

export interface Dashboard {
  /** Like `http://127.0.0.1:3400`, with the port that was really taken. */
  url: string
  /** Every page, to be shown where the process was started. */
  addresses: Address[]
  /** Cuts what is under way, so that a browser's open connection does not hold up the process. Safe twice. */
  close(): Promise<void>
}

export interface Address {
  name: string
  url: string
}

/** Larger than any batch that the API takes. Bytes. */
const bodyLimit = 4 * 1024 * 1024
/** Requests a minute of an address without a token that is known. */
const strangersLimit = 300

/** Serves the pages of a process. Throws `InvalidConfig` for an address or a port that cannot be had. */
export async function startDashboard(deps: DashboardDeps): Promise<Dashboard> {
  const { host, port, queues = [], principals = [] } = deps
  if (principals.length === 0) await requireLoopback(host)

  const pages = [
    ...(deps.overview ? [{ name: 'Overview', path: '/' }] : []),
    ...(queues.length > 0 ? [{ name: 'Bull Board', path: '/queues' }] : []),
    ...(deps.backend ? [{ name: 'HTTP API', path: '/docs' }] : []),
    { name: 'Metrics', path: '/metrics' },
    { name: 'Alive', path: '/healthz' },
    { name: 'Ready', path: '/readyz' },
  ]
  const app = await buildApp(deps, pages)
  const url = await listen(app, host, port)
  return {
    url,
    addresses: pages.map(({ name, path }) => ({ name, url: url + path })),
    close: () => app.close(),
  }
}

type Page = { name: string; path: string }

async function buildApp(deps: DashboardDeps, pages: readonly Page[]): Promise<FastifyInstance> {
  const { metrics, queues = [], log, principals = [], store, backend, overview } = deps
  const { redact = value => value, version = '0', kinds = createKinds(), tracing = false } = deps
  const revokedSessions = store
    ? createRevokedSessions(store)
    : { note: async () => {}, has: async () => false }
  const actions: Actions | undefined = store && createActions(store)

  const app = createApp(log)
  observeAnswers(app, { metrics: createHttpMetrics(metrics.registry), log })
  app.addHook('onRequest', requireHost)
  if (tracing) requestSpans(app) // before who may is asked, so that a refusal has its span too
  await protect(app, deps, revokedSessions)
  logOperators(app, actions)

  assets(app)
  app.get('/', { config: { needs: 'read', page: true } }, (request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .send(overviewPage({ pages, who: request.who, live: overview !== undefined })),
  )
  app.get('/metrics', { config: { needs: 'read' } }, async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
  app.register(healthChecks, { ready: deps.ready, differing: deps.differing, near: deps.near })
  if (principals.length > 0) loginRoutes(app, { principals, revokedSessions })
  if (queues.length > 0) {
    app.register(async board => {
      board.addHook('onRoute', route => {
        route.config = { ...route.config, needs: 'operate', page: true }
      })
      board.register(bullBoard(queues, '/queues', redact), { prefix: '/queues' })
    })
  }
  const prefix = '/api/v1'
  if (backend && store) {
    await openApi(app, { version })
    app.register(api, { prefix, backend, kinds, queues, idempotency: createIdempotency(store) })
  }
  if (overview)
    app.register(overviewRoutes, { prefix, sources: overview, queues, actions, revokedSessions, log })
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
  { principals = [], rateLimit: limit = 60_000 }: DashboardDeps,
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
    keyGenerator: ({ who, ip }) => (who ? `token ${who.name}` : ip),
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { ttl, max }) => tooMany(Math.max(1, Math.ceil(ttl / 1_000)), max),
  })
}

/** The header and the text say the same. */
const tooMany = (seconds: number, max: number) =>
  new RequestProblem('TooManyRequests', `More than ${max} requests in a minute; ask again in ${seconds} s`, {
    retryAfterS: seconds,
  })

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
