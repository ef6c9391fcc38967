import type { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createProbePace } from '../../cache/probe-pace.ts'

function open(processes = 1) {
  const stream = { bytesWritten: 0 }
  let now = 10_000
  let sent = 0
  const pace = createProbePace({
    connections: () => [{ stream } as unknown as Redis, { stream: undefined } as unknown as Redis],
    processes: () => processes,
    now: () => now,
  })
  return {
    /** Chances every 250 ms, each taken if it is due. */
    probesIn(ms: number, { used = false } = {}) {
      sent = 0
      for (let passed = 0; passed < ms; passed += 250) {
        now += 250
        if (used) stream.bytesWritten += 30
        if (!pace.isDue()) continue
        stream.bytesWritten += 20
        sent += 1
        pace.probed()
      }
      return sent
    },
  }
}

test('a process that asks something probes at each chance, an idle one every five seconds', () => {
  const { probesIn } = open()
  expect(probesIn(10_000, { used: true })).toBe(40)
  expect(probesIn(60_000)).toBe(12)
  expect(probesIn(250, { used: true })).toBe(1)
})

test('all idle processes together send at most 20 probes a second', () => {
  for (const processes of [220, 1_000, 5_000]) {
    const { probesIn } = open(processes)
    probesIn(1_000)
    expect((probesIn(1_000_000) * processes) / 1_000).toBeLessThanOrEqual(20.1)
  }
})
