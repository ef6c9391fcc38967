import type { Queue } from 'bullmq'
import { findJob } from '../../queues/find-job.ts'
import { RequestProblem } from '../problem.ts'
import type { ApiApp } from './app.ts'
import { job, jobParams, problems } from './schemas.ts'

export function jobRoutes(app: ApiApp, queues: readonly Queue[]): void {
  const schema = {
    tags: ['jobs'],
    summary: 'What became of a job',
    params: jobParams,
    response: { 200: job, ...problems },
  }
  app.get('/jobs/:queue/:id', { schema, config: { needs: 'read' } }, async request => {
    const found = await findJob(queues, request.params)
    if (found) return found
    throw new RequestProblem(
      'JobNotFound',
      'No such job; finished ones are kept for a day, failed ones for a week',
    )
  })
}
