import { existsSync, readFileSync } from 'node:fs'
import { escape as escapeHtml } from 'es-toolkit'
import type { FastifyInstance } from 'fastify'
import { htmlPage } from '../html.ts'
import type { CauseLink } from './overview.ts'

/** Where the page of this process has a heading of docs/runbook.md. */
export const runbook = (heading: string): CauseLink => ({
  text: 'Runbook',
  href: `/runbook#${anchorOf(heading)}`,
})

/** As GitHub makes them, so that the links of docs/ are the same. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')

/** In the package, which has it beside `dist/`, and in the sources. */
const file = [
  new URL('../../docs/runbook.md', import.meta.url),
  new URL('../../../docs/runbook.md', import.meta.url),
].find(url => existsSync(url))

/** The runbook of this version, so that a link in a cause works where there is no way out. */
export function runbookRoute(app: FastifyInstance): void {
  const text = file ? readFileSync(file, 'utf8') : '# Runbook\n\nIt is docs/runbook.md of the package.'
  const page = htmlPage('Runbook · Hearth', `<main class="runbook">${sectionsOf(text)}</main>`)
  app.get('/runbook', { config: { needs: 'read', page: true }, schema: { hide: true } }, (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page),
  )
}

/** Its text as it is written, with headings that can be linked to. */
function sectionsOf(text: string): string {
  return text
    .split(/^(?=#{1,3} )/m)
    .map(section => {
      const [, marks = '#', heading = '', body = ''] = /^(#{1,3}) (.+)\n([\s\S]*)$/.exec(section) ?? []
      const level = marks.length
      return `<h${level} id="${anchorOf(heading)}">${escapeHtml(heading)}</h${level}>\n<pre>${escapeHtml(body.trim())}</pre>`
    })
    .join('\n')
}
