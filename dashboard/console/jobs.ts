import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import { readFailures } from '../../queues/failures.ts'
import { type QueueStats, readQueueStats } from '../../queues/queue-stats.ts'
import { asksAnew } from './asks-anew.ts'
import { figureOf } from './figure.ts'
import type { JobsShown, QueueFailures, QueueRow } from './jobs-shown.ts'
import { createLook } from './look.ts'
import type { OverviewSources } from './looks.ts'
import { createRate } from './reads.ts'

export interface JobsDeps {
  queues: readonly Queue[]
  sources: Pick<OverviewSources, 'deadWorlds'>
}

const rateOverMs = 60_000
/** However many pages are open. Milliseconds. */
const soon = { everyMs: 1_000 }
/** For what costs more to read. Milliseconds. */
const slowly = { everyMs: 3_000 }

/** What the page Queues asks. */
export async function jobsRoutes(app: FastifyInstance, { queues, sources }: JobsDeps): Promise<void> {
  const withRates = createRates()
  const looks = {
    queues: createLook(async () => (await readQueueStats(queues)).map(withRates), soon),
    failures: createLook(() => failuresOf(queues), slowly),
    dead: createLook(sources.deadWorlds, slowly),
  }
  app.get(
    '/console/jobs',
    { config: { needs: 'read' }, schema: { hide: true } },
    async (request): Promise<JobsShown> => {
      const anew = asksAnew(request)
      const [stats, failures, dead] = await Promise.all([
        looks.queues.ask({ anew }),
        looks.failures.ask({ anew }),
        looks.dead.ask({ anew }),
      ])
      return { queues: figureOf(stats), failures: figureOf(failures), dead: figureOf(dead) }
    },
  )
}

async function failuresOf(queues: readonly Queue[]): Promise<QueueFailures[]> {
  const found = await Promise.all(
    queues.map(async queue => ({ queue: queue.name, ...(await readFailures(queue)) })),
  )
  return found.filter(({ examined }) => examined > 0)
}

function createRates() {
  const [done, failed] = [createRate(rateOverMs), createRate(rateOverMs)]
  const seen = new Set<string>()
  return (stats: QueueStats): QueueRow => {
    const { name, completed, endedBadly } = stats
    const now = Date.now()
    const isKnown = seen.has(name)
    seen.add(name)
    const perMinute = (rate: typeof done, count: number | null): number | null => {
      const perSecond = rate.of(name, count ?? 0, now)
      return isKnown && count !== null ? perSecond * 60 : null
    }
    return {
      ...stats,
      donePerMinute: perMinute(done, completed),
      failedPerMinute: perMinute(failed, endedBadly),
    }
  }
}
