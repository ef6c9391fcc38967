import { escape as escapeHtml } from 'es-toolkit'
import type { FastifyInstance } from 'fastify'
import { htmlPage } from '../html.ts'
import { type AccessDeps, requireOwnPage, sessionCookie } from './access.ts'
import { openSession, sessionMs } from './sessions.ts'
import { principalOf } from './tokens.ts'

/** Guesses at a token, from one address, in a minute. */
const attempts = { max: 10, timeWindow: 60_000 }

/** The pages by which a person with a token logs in and out. They work without JavaScript. */
export function loginRoutes(app: FastifyInstance, { principals, revokedSessions }: AccessDeps): void {
  const open = { needs: 'nothing' } as const

  app.get<{ Querystring: { next?: string } }>('/login', { config: open }, (request, reply) =>
    reply.type('text/html; charset=utf-8').send(loginPage({ next: ownPath(request.query.next) })),
  )

  app.register(async forms => {
    forms.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 8_192 },
      async (_request: unknown, body: string) => Object.fromEntries(new URLSearchParams(body)),
    )

    const config = { ...open, rateLimit: attempts }
    forms.post<{ Body: { token?: string; next?: string } }>('/login', { config }, async (request, reply) => {
      requireOwnPage(request)
      const { token, next } = request.body ?? {}
      const principal = typeof token === 'string' ? principalOf(principals, token.trim()) : undefined
      if (!principal) {
        request.log.warn({ ip: request.ip }, 'a login was refused: no such token')
        const page = loginPage({ next: ownPath(next), refused: true })
        return reply.code(401).type('text/html; charset=utf-8').send(page)
      }
      request.log.info({ who: principal.name }, 'logged in')
      reply.setCookie(sessionCookie, openSession(principal).text, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: request.headers['x-forwarded-proto'] === 'https' || request.protocol === 'https',
        maxAge: sessionMs / 1000,
      })
      return reply.redirect(ownPath(next), 303)
    })

    forms.post('/logout', { config: open }, async (request, reply) => {
      const session = request.who?.session
      if (session) {
        request.log.info({ who: session.principal.name }, 'logged out')
        // Where Redis is away, the browser forgets the cookie all the same.
        await revokedSessions
          .note(session.id, session.endsAt - Date.now())
          .catch(error => request.log.warn(error))
      }
      reply.clearCookie(sessionCookie, { path: '/' })
      return reply.redirect('/login', 303)
    })
  })
}

/** A path of ours to go on to, whatever was asked for: no link may lead elsewhere from here. */
function ownPath(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) && !next.startsWith('/login')
    ? next
    : '/'
}

function loginPage({ next, refused = false }: { next: string; refused?: boolean }): string {
  const problem = refused
    ? '<p class="problem" role="alert">That is no token of this Hearth. Ask the operator who set HEARTH_TOKENS.</p>'
    : ''
  return htmlPage(
    'Log in · Hearth',
    `<main class="narrow">
<h1 class="brand"><img src="/assets/icon.svg" alt="" width="26" height="26">Hearth</h1>
<form method="post" action="/login" class="card">
${problem}
<label for="token">Your token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<input type="hidden" name="next" value="${escapeHtml(next)}">
<button type="submit" class="primary">Log in</button>
</form>
</main>`,
  )
}
