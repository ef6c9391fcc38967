import type { FastifyInstance } from 'fastify'
import { figureOf } from './figure.ts'
import { createLook } from './look.ts'
import type { OverviewSources } from './looks.ts'
import { hiddenRead } from './routes.ts'

/** What the page of the schedules asks: every round, as it stands in the fleet. */
export async function scheduleRoutes(
  app: FastifyInstance,
  { sources }: { sources: Pick<OverviewSources, 'schedules'> },
): Promise<void> {
  const rounds = createLook(sources.schedules)
  app.get('/schedules', hiddenRead, async () => figureOf(await rounds.ask()))
}
