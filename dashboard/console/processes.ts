import type { FastifyInstance } from 'fastify'
import type { Operations, ProcessRow } from '../../jobs/operations.ts'
import { type Figure, figureOf } from './figure.ts'
import { createLook } from './look.ts'

export interface ProcessesDeps {
  operations: Pick<Operations, 'processes'>
}

/** What the page Processes shows. */
export type ProcessesFigure = Figure<ProcessRow[]>

/** A process says how it is every five seconds. Milliseconds. */
const everyMs = 2_000

export async function processesRoutes(app: FastifyInstance, { operations }: ProcessesDeps): Promise<void> {
  const look = createLook(operations.processes, { everyMs })
  app.get(
    '/processes',
    { config: { needs: 'read' }, schema: { hide: true } },
    async (): Promise<ProcessesFigure> => figureOf(await look.ask()),
  )
}
