import type {} from '@fastify/cookie' // a request's `cookies`, also where the server's own file is not compiled along
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { createRevokedSessions } from '../../queues/revoked-sessions.ts'
import { RequestProblem, sendProblem } from '../problem.ts'
import { refuseStrangers } from './loopback.ts'
import { readSession, type Session } from './sessions.ts'
import { type Principal, principalOf, type Role, reaches } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null where that is not known. */
    who: Who | null
  }
  interface FastifyContextConfig {
    /** Who may ask: a role, or everybody. Without it: `operate`, so that nothing is open by an oversight. */
    needs?: Role | 'nothing'
    /** A page for people: who may not see it is shown the way to log in. */
    page?: boolean
  }
}

export interface Who {
  name: string
  role: Role
  /** Where they are known by a login, not by a token of this request. */
  session?: Session
}

export interface AccessDeps {
  /** None: then every user of this machine may do everything, and no other machine can ask. */
  principals: readonly Principal[]
  revokedSessions: ReturnType<typeof createRevokedSessions>
}

export const sessionCookie = 'hearth-session'

/** Who everybody is where there are no tokens. */
const local: Who = { name: 'local', role: 'operate' }

/** Whose share of a limit a request takes: that of its token, or of its address. */
export const callerOf = ({ who, ip }: Pick<FastifyRequest, 'who' | 'ip'>): string =>
  who ? `token ${who.name}` : ip

const safe = (method: string) => method === 'GET' || method === 'HEAD' || method === 'OPTIONS'

/** Decides of every request who asks and whether they may, before its body is read. Call before routes are added. */
export function guard(app: FastifyInstance, { principals, revokedSessions }: AccessDeps): void {
  app.decorateRequest('who', null)

  if (principals.length === 0) {
    app.addHook('onRequest', refuseStrangers)
    app.addHook('onRequest', async request => {
      request.who = local
    })
    return
  }

  app.addHook('onRequest', async request => {
    request.who = await whoAsks(request)
    // A browser sends a cookie along with what other sites make it send. No other site's page can have this token.
    const { who } = request
    if (!safe(request.method) && (who?.session || request.headers.origin !== undefined))
      requireOwnPage(request)
  })
  // After the limit of requests, which counts those too that are refused here.
  app.addHook('preParsing', async (request, reply) => {
    const { needs = 'operate', page = false } = request.routeOptions.config
    if (request.is404 || needs === 'nothing') return
    const { who } = request
    if (who && reaches(who.role, needs)) return
    if (page && !who) return reply.redirect(`/login?next=${encodeURIComponent(request.url)}`, 303)
    if (!who) reply.header('www-authenticate', 'Bearer realm="hearth"')
    // Answered here, not thrown: Bull Board has its own way with errors.
    return sendProblem(refusal(who, needs), request, reply)
  })

  async function whoAsks(request: FastifyRequest): Promise<Who | null> {
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
      const principal = token === undefined ? undefined : principalOf(principals, token)
      return principal ? { name: principal.name, role: principal.role } : null
    }
    const session = readSession(principals, request.cookies[sessionCookie] ?? '')
    if (!session || (await revokedSessions.has(session.id))) return null
    return { name: session.principal.name, role: session.principal.role, session }
  }
}

const refusal = (who: Who | null, needs: Role) =>
  who
    ? new RequestProblem('Forbidden', `${who.name} has the role ${who.role}; this needs ${needs}`)
    : new RequestProblem('Unauthorized', `Send a token of the role ${needs}: Authorization: Bearer …`)

/** What changes something by a login's cookie has to come from a page of ours: every browser says from where it sends. */
export function requireOwnPage({ headers, host }: FastifyRequest): void {
  const { origin } = headers
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host === host) return
  throw new RequestProblem('ForeignOrigin', 'This was sent by a page of another site, or by none')
}
