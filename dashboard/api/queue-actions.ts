import type { Operations } from '../../jobs/operations.ts'
import { noSuchJob, noSuchQueue } from './operations.ts'
import * as s from './schemas.ts'

const tags = ['jobs']

/** What operators do with the jobs of a queue, and with the queue. */
export function queueActionRoutes(app: s.ApiApp, operations: Operations): void {
  app.post(
    '/jobs/:queue/:id/retry',
    {
      config: { needs: 'operate', action: 'retry a job' },
      schema: {
        tags,
        operationId: 'retryJob',
        summary: 'Has a failed job run again',
        params: s.jobParams,
        headers: s.idempotencyHeaders,
        response: { 202: s.job, ...s.problems },
      },
    },
    async ({ params }, reply) => reply.code(202).send((await operations.retryJob(params)) ?? noSuchJob()),
  )
  app.post(
    '/jobs/:queue/retry',
    {
      config: { needs: 'operate', action: 'retry failed jobs' },
      schema: {
        tags,
        operationId: 'retryFailedJobs',
        summary: 'Has the newest failed jobs of a queue run again, 200 at most: all, or those of one reason',
        params: s.queueParams,
        headers: s.idempotencyHeaders,
        body: s.retryFailedBody.nullish(),
        response: { 202: s.retriedJobs, ...s.problems },
      },
    },
    async ({ params: { queue }, body }, reply) =>
      reply
        .code(202)
        .send((await operations.retryFailed({ queue, reason: body?.reason })) ?? noSuchQueue(queue)),
  )
  pauseRoute(app, operations, { word: 'pause', summary: 'The queue takes jobs and gives out none' })
  pauseRoute(app, operations, { word: 'resume', summary: 'The queue gives out its jobs again' })
}

function pauseRoute(
  app: s.ApiApp,
  operations: Operations,
  { word, summary }: { word: 'pause' | 'resume'; summary: string },
): void {
  app.post(
    `/jobs/:queue/${word}`,
    {
      config: { needs: 'operate', action: `${word} a queue` },
      schema: {
        tags,
        operationId: `${word}Queue`,
        summary,
        params: s.queueParams,
        headers: s.idempotencyHeaders,
        response: { 200: s.queueState, ...s.problems },
      },
    },
    async ({ params: { queue } }) =>
      (await operations.setPaused({ queue, isPaused: word === 'pause' })) ?? noSuchQueue(queue),
  )
}
