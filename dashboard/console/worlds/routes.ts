import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { asksAnew } from '../asks-anew.ts'
import { worldsQuery } from './row.ts'
import { createWorldsTable, type WorldsDeps } from './table.ts'

/** What the page Worlds asks. */
export async function worldsRoutes(app: FastifyInstance, deps: WorldsDeps): Promise<void> {
  const table = createWorldsTable(deps)
  app.addHook('preClose', async () => table.close())
  const config = { needs: 'read' } as const
  app
    .withTypeProvider<ZodTypeProvider>()
    .get('/console/worlds', { config, schema: { hide: true, querystring: worldsQuery } }, request =>
      table.page(request.query, { anew: asksAnew(request) }),
    )
}
