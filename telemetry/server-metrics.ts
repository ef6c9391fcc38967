import { Gauge, type Registry } from 'prom-client'

/** The servers that a process cannot work without. Where one Redis is both, it is the cache. */
export type ServerName = 'cache' | 'queue' | 'source'

/** What a process tells about the servers that it looks after. */
export interface ServerMetrics {
  answers(server: ServerName, does: boolean): void
}

export function createServerMetrics(registry: Registry): ServerMetrics {
  const answers = new Gauge({
    name: 'lw_server_answers',
    help: 'Whether a server that this process needs answered when it was looked at last, a few seconds ago',
    labelNames: ['server'],
    registers: [registry],
  })
  return { answers: (server, does) => answers.set({ server }, does ? 1 : 0) }
}
