import type { Sample } from '../../queues/history/sample.ts'

/** One minute of a quiet fleet. */
export const minuteOf = (given: Partial<Sample> = {}): Sample => ({
  minutes: 1,
  hits: 60,
  near: 20,
  misses: 6,
  loads: 3,
  loadMs: 30,
  sourceMs: 2,
  outbox: { pending: 0, oldestMs: null },
  queues: { warm: { waiting: 0, failed: 0 } },
  warm: { present: 90, expected: 100 },
  builds: [{ version: '1.0.0', config: '#1', since: 1 }],
  away: [],
  ...given,
})
