import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Actions } from '../../queues/actions.ts'
import { createFleetReader } from '../../queues/fleet-counts.ts'
import { createHistory, type HistoryRange } from '../../queues/history/history.ts'
import type { QueueStore } from '../../queues/redis.ts'
import { type Figure, figureOf } from './figure.ts'
import { type HistoryView, historyView, withCounted } from './history-view.ts'
import { createLook } from './look.ts'

export interface HistoryDeps {
  store: QueueStore
  actions: Actions
}

/** What the history of the page Now shows. */
export type HistoryFigure = Figure<HistoryView>

/** A minute is recorded ten seconds after its end. Milliseconds. */
const everyMs = 5_000
/** The newest actions of operators that become marks. */
const actionsMarked = 200
const minutesCounted = 61

/** For the page alone, and so not in the HTTP API: programs have the same figures, and finer ones, in Prometheus. */
export async function historyRoutes(app: FastifyInstance, { store, actions }: HistoryDeps): Promise<void> {
  const history = createHistory(store)
  const counts = createFleetReader(store)
  const lookAt = (range: HistoryRange) =>
    createLook(
      async () => {
        const now = Date.now()
        const [recorded, done, minutes] = await Promise.all([
          history.read(range, now),
          actions.newest(actionsMarked),
          range === '1h' ? counts.minutes(minutesCounted, now) : [],
        ])
        return historyView(range, { steps: withCounted(recorded, minutes), actions: done }, now)
      },
      { everyMs },
    )
  const looks = { '1h': lookAt('1h'), '24h': lookAt('24h'), '7d': lookAt('7d') }
  const querystring = z.object({ range: z.enum(['1h', '24h', '7d']).default('1h') })
  app
    .withTypeProvider<ZodTypeProvider>()
    .get(
      '/history',
      { config: { needs: 'read' }, schema: { hide: true, querystring } },
      async ({ query }): Promise<HistoryFigure> => figureOf(await looks[query.range].ask()),
    )
}
