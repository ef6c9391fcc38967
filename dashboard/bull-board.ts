import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { Queue } from 'bullmq'
import type { FastifyPluginCallback } from 'fastify'

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
        hideDocsLink: true,
        miscLinks: [{ text: 'Overview', url: '/' }],
      },
    },
  })
  return serverAdapter.registerPlugin()
}

/** Jobs that are called by what they do (`world`, `chunk`) are listed with the world that they do it to. */
function readable(queue: Queue, redact: Redact): BullMQAdapter {
  const adapter = new BullMQAdapter(queue)
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
