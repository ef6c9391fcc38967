import type { Queue } from 'bullmq'
import { type FastifyInstance, fastify } from 'fastify'
import type { Logger } from 'pino'
import { HearthError } from '../errors.ts'
import { bullBoard } from './bull-board.ts'
import { frontPage } from './front-page.ts'
import { healthChecks } from './health.ts'
import { refuseStrangers, requireLoopback } from './loopback.ts'
import type { Metrics } from './metrics.ts'

export interface DashboardDeps {
  /** `HEARTH_HOST`: an address of this machine that no other can reach. */
  host: string
  /** `HEARTH_PORT`: 0 for any free one. */
  port: number
  metrics: Pick<Metrics, 'registry'>
  /** What Bull Board shows. Without any, `/queues` is not served: a worker's metrics and health need no board. */
  queues?: readonly Queue[]
  /** What keeps the process from its work, in words; empty when it is ready. */
  ready: () => Promise<string[]>
  log: Pick<Logger, 'error'>
}

export interface Dashboard {
  /** Like `http://127.0.0.1:3400`, with the port that was really taken. */
  url: string
  /** Every page, to be shown to whoever started the process. */
  addresses: Address[]
  /** Cuts what is under way, so that a browser's open connection does not hold up the process. Safe twice. */
  close(): Promise<void>
}

export interface Address {
  name: string
  url: string
}

/** Serves the pages of a process. Throws `InvalidConfig` for an address or a port that cannot be had. */
export async function startDashboard(deps: DashboardDeps): Promise<Dashboard> {
  const { host, port, metrics, queues = [], ready, log } = deps
  await requireLoopback(host)

  const app = fastify({ forceCloseConnections: true })
  const pages = [
    ...(queues.length > 0 ? [{ name: 'Bull Board', path: '/queues' }] : []),
    { name: 'Metrics', path: '/metrics' },
    { name: 'Alive', path: '/healthz' },
    { name: 'Ready', path: '/readyz' },
  ]

  app.addHook('onRequest', refuseStrangers)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', ownContentOnly)
  })
  app.addHook('onError', async (request, _reply, error) => {
    log.error({ err: error, method: request.method, path: request.url }, 'a page could not be served')
  })
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(frontPage(pages)))
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
  app.register(healthChecks, { ready })
  if (queues.length > 0) app.register(bullBoard(queues, '/queues'), { prefix: '/queues' })

  const url = await listen(app, host, port)
  return {
    url,
    addresses: pages.map(({ name, path }) => ({ name, url: url + path })),
    close: () => app.close(),
  }
}

/** Bull Board would fetch its fonts from Google, telling it who looks here, and wait for them where there is no way out. */
const ownContentOnly =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port })
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
