import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { Queue } from 'bullmq'
import type { FastifyPluginCallback } from 'fastify'

/** Bull Board over these queues; failed jobs can be retried there. `path` is where it is mounted, like `/queues`. */
export function bullBoard(queues: readonly Queue[], path: string): FastifyPluginCallback {
  const serverAdapter = new FastifyAdapter().setBasePath(path)
  createBullBoard({
    queues: queues.map(queue => new BullMQAdapter(queue)),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'Hearth',
        hideDocsLink: true,
        miscLinks: [{ text: 'All pages', url: '/' }],
      },
    },
  })
  return serverAdapter.registerPlugin()
}
