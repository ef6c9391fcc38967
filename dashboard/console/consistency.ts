import type { FastifyInstance } from 'fastify'
import { type AuditLog, createAuditLog } from '../../jobs/audit/log.ts'
import type { QueueStore } from '../../queues/redis.ts'
import { type AuditRow, auditRow, misledIn } from './audit.ts'
import { figureOf } from './figure.ts'
import { createLook } from './look.ts'
import { hiddenRead } from './routes.ts'

/** What the audits of one day (UTC) came to. */
export interface AuditDay extends Pick<AuditRow, 'checked' | 'found' | 'repaired' | 'misled'> {
  /** Like `2026-11-27`. */
  day: string
}

export interface Consistency {
  week: AuditRow
  /** The latest first; a day without audits has counts of 0. */
  days: AuditDay[]
}

/** What the page of the consistency asks: the week, each of its days, and the last findings. */
export async function consistencyRoutes(
  app: FastifyInstance,
  { sources }: { sources: { store: QueueStore } },
): Promise<void> {
  const log = createAuditLog(sources.store)
  const audits = createLook(() => consistencyOf(log))
  app.get('/consistency', hiddenRead, async () => figureOf(await audits.ask()))
}

async function consistencyOf(log: AuditLog): Promise<Consistency> {
  const [week, days] = await Promise.all([auditRow(log), log.days()])
  const ages = week.misled.map(({ age }) => age)
  return {
    week,
    days: days.map(({ day, counts }) => {
      const { checked = 0, found = 0, repaired = 0 } = counts
      return { day, checked, found, repaired, misled: misledIn(counts, ages) }
    }),
  }
}
