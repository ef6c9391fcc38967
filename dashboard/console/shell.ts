import { escape as escapeHtml } from 'es-toolkit'
import type { FastifyInstance } from 'fastify'
import type { Who } from '../access/access.ts'
import { reaches } from '../access/tokens.ts'
import { htmlPage } from '../html.ts'
import type { Given, Link } from './given.ts'

/** The paths of the console's pages. Its script draws the one that was asked for. */
export const consolePaths = [
  '/',
  '/worlds',
  '/worlds/:worldId',
  '/jobs',
  '/schedules',
  '/consistency',
  '/processes',
  '/operations',
] as const

/** The same page for each path of the console, so that every view has an address that can be passed on. */
export function shellRoutes(app: FastifyInstance, links: readonly Link[]): void {
  for (const path of consolePaths) {
    app.get(path, { config: { needs: 'read', page: true }, schema: { hide: true } }, (request, reply) =>
      reply.type('text/html; charset=utf-8').send(shell(request.who, links)),
    )
  }
}

function shell(who: Who | null, links: readonly Link[]): string {
  const given: Given = {
    session: who?.session ? { name: who.name, role: who.role } : null,
    operates: who !== null && reaches(who.role, 'operate'),
    links,
  }
  const plainLinks = links.map(({ name, path }) => `<a href="${path}">${name}</a>`).join(' · ')
  return htmlPage(
    'Hearth',
    `<div id="app" data-given="${escapeHtml(JSON.stringify(given))}">
<noscript><p class="problem">The console is drawn by a script. These pages do without: ${plainLinks}</p></noscript>
</div>`,
    '<script src="/assets/console.js" defer></script>\n',
  )
}
