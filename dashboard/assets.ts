import { existsSync, readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { icon } from './theme.ts'

const names = {
  'console.css': 'text/css; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
} as const

/** As built beside this file; when it runs from its sources, as the last `npm run build` left it. */
const folder = [
  new URL('./page/', import.meta.url),
  new URL('../dist/dashboard/page/', import.meta.url),
].find(url => existsSync(new URL('console.js', url)))

/** The files of our pages. They hold no data, so the page to log in can have them too. */
export function assets(app: FastifyInstance): void {
  app.get('/assets/icon.svg', { config: { needs: 'nothing' } }, (_request, reply) =>
    reply.type('image/svg+xml').header('cache-control', 'max-age=86400').send(icon),
  )
  for (const [name, type] of Object.entries(names)) {
    const content = folder && readFileSync(new URL(name, folder), 'utf8')
    app.get(`/assets/${name}`, { config: { needs: 'nothing' } }, (_request, reply) =>
      content === undefined
        ? reply
            .code(404)
            .type('text/plain')
            .send('This runs from its sources: npm run build makes the pages.')
        : reply.type(type).header('cache-control', 'no-cache').send(content),
    )
  }
}
