import { expect, test } from 'vitest'
import { scheduleReport } from '../../cli/schedule.ts'
import { scheduleNames, scheduleOutcomes } from '../../queues/schedules/schedule.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { createScheduleMetrics } from '../../telemetry/schedule-metrics.ts'

test('the schedule for people: when each round ran and will run, and why one failed', () => {
  const now = new Date('2026-01-01T12:00:00Z')
  const last = { at: new Date('2026-01-01T11:59:30Z'), by: 'h:1', tookMs: 1_234, reason: 'no luck' }
  const row = { name: 'refresh', expression: '*/30 * * * * *', skipped: 1_000, caughtUp: 2 }
  const nextAt = new Date('2026-01-01T12:00:30Z')
  const report = scheduleReport([{ ...row, nextAt, last: { ...last, outcome: 'failed' } }], now)
  expect(report).toMatch(/│ 2026-01-01 11:59:30 +│ failed +│ +1.2 s │ +in 30.0 s │ +1,000 │ +2 │/)
  expect(report).toContain('refresh failed in h:1: no luck')
  const overdue = { ...row, nextAt: new Date('2026-01-01T11:59:00Z'), last: null }
  expect(scheduleReport([overdue], now)).toMatch(/never .*overdue by 1 min: is no scheduler running/)
  expect(scheduleReport([])).toContain('hearth scheduler')
})

test('rounds are counted by outcome, from zero on, and timed', async () => {
  const { registry } = createMetrics()
  const { happened } = createScheduleMetrics(registry, { names: scheduleNames, outcomes: scheduleOutcomes })
  const round = { name: 'decay', slot: new Date() } as const
  happened({ ...round, outcome: 'caught-up' })
  happened({ ...round, outcome: 'ok', tookMs: 2_000 })
  const page = (await registry.metrics()).split('\n')
  expect(page).toContain('lw_rounds_total{round="decay",outcome="caught-up"} 1')
  expect(page).toContain('lw_rounds_total{round="decay",outcome="ok"} 1')
  expect(page).toContain('lw_rounds_total{round="sweep",outcome="failed"} 0')
  expect(page).toContain('lw_round_seconds_sum{round="decay"} 2')
})
