import { readConfig } from '../config/read.ts'
import { readSchedules, type ScheduleRow } from '../queues/schedules/read.ts'
import { orRunningDev } from './running-dev.ts'
import { table } from './table.ts'
import { count, duration, print, shown } from './terminal.ts'
import type { Flags } from './with-hearth.ts'

/** `hearth schedule`: the rounds of the schedulers. */
export async function schedule({ json, ...given }: Flags & { json?: true }): Promise<void> {
  const flags = orRunningDev(given)
  const config = readConfig({ flags })
  // Without its own variable the queues' Redis is the cache's, so either will do.
  const address = config.queueRedisUrl ?? readConfig({ flags, needs: ['redisUrl'] }).redisUrl
  const rows = await readSchedules({ address, prefix: config.queuePrefix })
  print(json ? JSON.stringify(rows) : scheduleReport(rows))
}

const head = ['round', 'expression', 'last run (UTC)', 'outcome', 'took', 'next run', 'skipped', 'caught up']

export function scheduleReport(rows: readonly ScheduleRow[], now = new Date()): string {
  if (rows.length === 0) return 'No round has ever been scheduled here. `hearth scheduler` runs them.'
  const cells = rows.map(({ name, expression, last, nextAt, skipped, caughtUp }) => [
    name,
    expression,
    last ? last.at.toISOString().slice(0, 19).replace('T', ' ') : 'never',
    last?.outcome ?? '',
    last?.tookMs == null ? '' : duration(last.tookMs),
    dueIn(nextAt.getTime() - now.getTime()),
    count(skipped),
    count(caughtUp),
  ])
  const reasons = rows
    .filter(({ last }) => last?.outcome === 'failed')
    .map(({ name, last }) => shown(`${name} failed in ${last?.by}: ${last?.reason}`))
  return [table(head, cells, 4), ...reasons].join('\n')
}

/** A moment late is no more than the clocks' difference. */
const overdueMs = 10_000

function dueIn(ms: number): string {
  if (ms <= -overdueMs) return `overdue by ${duration(-ms)}: is no scheduler running?`
  return ms < 0 ? 'now' : `in ${duration(Math.round(ms / 1_000) * 1_000)}`
}
