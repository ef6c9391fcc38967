import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { id } from '../../../model/ids.ts'
import { asksAnew } from '../asks-anew.ts'
import { createWorldViews, type WorldDeps } from './world.ts'

/** What the page of a world asks. */
export async function worldRoutes(app: FastifyInstance, deps: WorldDeps): Promise<void> {
  const viewOf = createWorldViews(deps)
  const config = { needs: 'read' } as const
  const schema = { hide: true, params: z.object({ worldId: id }) }
  app
    .withTypeProvider<ZodTypeProvider>()
    .get('/console/worlds/:worldId', { config, schema }, request =>
      viewOf(request.params.worldId, { anew: asksAnew(request) }),
    )
}
