import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Actions, ActionsPage } from '../../queues/actions.ts'
import type { Figure } from './figure.ts'
import { figureOf } from './figure.ts'
import { createLook } from './look.ts'

export interface OperationsDeps {
  actions: Actions
}

/** What the page Operations shows. */
export type OperationsFigure = Figure<ActionsPage>

const text = z.string().min(1).max(256).optional()
const querystring = z.object({
  who: text,
  what: text,
  world: text,
  offset: z.coerce.number().pipe(z.int().min(0).max(100_000)).default(0),
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).default(50),
})

/** What was done by hand, some of it at a time. Each answer has been asked for: one filter says nothing of another. */
export async function operationsRoutes(app: FastifyInstance, { actions }: OperationsDeps): Promise<void> {
  app
    .withTypeProvider<ZodTypeProvider>()
    .get(
      '/operations',
      { config: { needs: 'read' }, schema: { hide: true, querystring } },
      async ({ query: { offset, limit, ...filter } }): Promise<OperationsFigure> =>
        figureOf(await createLook(() => actions.find(filter, { offset, limit })).ask()),
    )
}
