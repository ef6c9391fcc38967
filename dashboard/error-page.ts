import { escape as escapeHtml } from 'es-toolkit'
import type { FastifyRequest } from 'fastify'
import { htmlPage } from './html.ts'

interface Refusal {
  title: string
  status: number
  detail: string
}

/** A person's browser that opens a page. Programs get problems as JSON, and the API answers everybody with them. */
export const opensPage = ({ method, url, headers }: FastifyRequest): boolean =>
  method === 'GET' && !url.startsWith('/api/') && (headers.accept ?? '').includes('text/html')

/** What a person sees in place of a page that they cannot have. */
export const errorPage = ({ title, status, detail }: Refusal, requestId: string): string =>
  htmlPage(
    `${title} · Hearth`,
    `<main class="narrow">
<p><a class="brand" href="/"><img src="/assets/icon.svg" alt="" width="22" height="22">Hearth</a></p>
<div class="card">
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(detail)}.</p>
<p class="note">Status ${status}, request <code>${escapeHtml(requestId)}</code></p>
<p><a href="/">To the console</a></p>
</div>
</main>`,
  )
