import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { Job, Queue } from 'bullmq'
import type { FastifyPluginCallback } from 'fastify'
import { jobOf } from '../queues/find-job.ts'
import { problemOf } from './problem.ts'
import { boardTheme } from './theme.ts'

/** Takes out of a job's payload or result what must not be shown. */
export type Redact = (value: unknown) => unknown

/** Bull Board over these queues; failed jobs can be retried there. `path` is where it is mounted, like `/queues`. */
export function bullBoard(queues: readonly Queue[], path: string, redact: Redact): FastifyPluginCallback {
  const serverAdapter = new FastifyAdapter().setBasePath(path)
  createBullBoard({
    queues: queues.map(queue => readable(queue, redact)),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'Hearth',
        boardLogo: { path: '/assets/icon.svg', width: 28, height: 28 },
        favIcon: { default: '/assets/icon.svg', alternative: '/assets/icon.svg' },
        theme: boardTheme,
        hideDocsLink: true,
        miscLinks: [{ text: 'Console', url: '/' }],
      },
    },
  })
  // In its own form, which its page knows how to show, but with our status and nothing of what lies within.
  serverAdapter.setErrorHandler(error => {
    const { status, detail } = problemOf(error)
    return {
      status: status as 500,
      body: { error: { key: 'ERRORS.INTERNAL_SERVER_ERROR' }, message: detail },
    }
  })
  return serverAdapter.registerPlugin()
}

/** Finds jobs only: by the id of one of BullMQ's own keys (`meta`) its page would show that key, and delete it. */
class JobsOnly extends BullMQAdapter {
  readonly #queue: Queue

  constructor(queue: Queue) {
    super(queue)
    this.#queue = queue
  }

  override async getJob(id: string): Promise<Job | undefined> {
    return (await jobOf(this.#queue, id))?.job
  }
}

/** Jobs that are called by what they do (`world`, `chunk`) are listed with the world that they do it to. */
function readable(queue: Queue, redact: Redact): BullMQAdapter {
  const adapter = new JobsOnly(queue)
  adapter.setFormatter('data', redact)
  adapter.setFormatter('returnValue', redact)
  adapter.setFormatter('progress', redact)
  adapter.setFormatter(
    'name',
    ({ name, data }: { name?: string; data?: { worldId?: unknown; target?: unknown } }) => {
      const worldId = data?.worldId
      return typeof worldId === 'string' && data?.target === undefined ? `${name} · ${worldId}` : (name ?? '')
    },
  )
  return adapter
}
