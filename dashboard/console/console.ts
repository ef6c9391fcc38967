import type { FastifyInstance } from 'fastify'
import type { Operations } from '../../jobs/operations.ts'
import { consistencyRoutes } from './consistency.ts'
import type { Link } from './given.ts'
import { historyRoutes } from './history.ts'
import { jobsRoutes } from './jobs.ts'
import { operationsRoutes } from './operations.ts'
import { processesRoutes } from './processes.ts'
import { type OverviewDeps, overviewRoutes } from './routes.ts'
import { runbookRoute } from './runbook.ts'
import { scheduleRoutes } from './schedules.ts'
import { shellRoutes } from './shell.ts'
import { worldRoutes } from './world/routes.ts'
import { worldsRoutes } from './worlds/routes.ts'

export interface ConsoleDeps extends OverviewDeps {
  operations: Operations
  /** Pages beside the console, which its navigation names. */
  links: readonly Link[]
}

/** The console: its pages, and under `/api/v1` what each of them asks. */
export async function consoleRoutes(app: FastifyInstance, deps: ConsoleDeps): Promise<void> {
  shellRoutes(app, deps.links)
  runbookRoute(app)
  const prefix = '/api/v1'
  await app.register(overviewRoutes, { prefix, ...deps })
  const onError = (error: unknown) => deps.log.warn(error, 'the table of worlds is incomplete')
  await app.register(worldsRoutes, { prefix, ...deps, onError })
  await app.register(worldRoutes, { prefix, ...deps })
  const page = { prefix: `${prefix}/console`, ...deps }
  await app.register(scheduleRoutes, page)
  await app.register(consistencyRoutes, page)
  await app.register(jobsRoutes, { prefix, ...deps })
  await app.register(historyRoutes, { ...page, store: deps.sources.store })
  await app.register(processesRoutes, page)
  await app.register(operationsRoutes, page)
}
