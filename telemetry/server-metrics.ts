import type { Registry } from 'prom-client'
import { metricsIn } from './define.ts'

/** The servers that a process cannot work without. Where one Redis is both, it is the cache. */
export type ServerName = 'cache' | 'queue' | 'source'

/** What a process reports of the servers that it watches. */
export interface ServerMetrics {
  answers(server: ServerName, does: boolean): void
}

export function createServerMetrics(registry: Registry): ServerMetrics {
  const { gauge } = metricsIn(registry)
  const answers = gauge(
    'lw_server_answers',
    'Whether a server that this process needs answered when it was looked at last, a few seconds ago',
    {
      labelNames: ['server'],
    },
  )
  return { answers: (server, does) => answers.set({ server }, does ? 1 : 0) }
}
