import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import { z } from 'zod'
import { id } from '../../model/ids.ts'
import { type AccessDeps, callerOf } from '../access/access.ts'
import { createStreamPlaces } from '../access/stream-places.ts'
import { whileLoggedIn } from '../access/while-logged-in.ts'
import { createCensusKeeper } from './census-keeper.ts'
import { createCollector } from './collect.ts'
import { createFeed } from './feed.ts'
import type { LooksDeps } from './looks.ts'
import { search } from './search.ts'

export interface OverviewDeps extends LooksDeps {
  /** A stream ends with the login that opened it. */
  revokedSessions: AccessDeps['revokedSessions']
  log: Pick<Logger, 'warn'>
}

/** A route that only the console asks. */
export const hiddenRead = { config: { needs: 'read' }, schema: { hide: true } } as const

/** What the page asks: the overview once, or again and again by server-sent events; and a search. */
export async function overviewRoutes(app: FastifyInstance, deps: OverviewDeps): Promise<void> {
  const onError = (error: unknown) => deps.log.warn(error, 'the overview is incomplete')
  const census = createCensusKeeper(deps.sources.cache, onError)
  const feed = createFeed(createCollector({ ...deps, census }), onError)
  const places = createStreamPlaces()
  app.addHook('preClose', async () => {
    feed.close()
    census.close()
  })

  const { config, schema: hidden } = hiddenRead
  app.get('/overview', hiddenRead, () => feed.now())
  app.get('/overview/events', hiddenRead, (request, reply) => {
    const stream = places.open(callerOf(request), feed.watch)
    return reply
      .type('text/event-stream')
      .headers({ 'cache-control': 'no-cache', 'x-accel-buffering': 'no' })
      .send(whileLoggedIn(stream, request.who, deps.revokedSessions))
  })
  app
    .withTypeProvider<ZodTypeProvider>()
    .get('/search', { config, schema: { ...hidden, querystring: z.object({ q: id }) } }, ({ query }) =>
      search(deps, query.q),
    )
}
