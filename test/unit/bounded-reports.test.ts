import { expect, test, vi } from 'vitest'
import { boundedReports } from '../../resilience/bounded-reports.ts'

test('errors of one kind are reported from time to time, with their number; others at once', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const said: string[] = []
  const report = boundedReports(error => said.push(error.message), { everyMs: 1_000 })
  for (let i = 0; i < 10_000; i++) report(new Error(`OOM in script ${i}`))
  report(new Error('another kind'))
  expect(said).toEqual(['OOM in script 0', 'another kind'])
  vi.advanceTimersByTime(1_000)
  report(Object.assign(new Error('OOM in script 7'), { code: 'OOM' }))
  expect(said.at(-1)).toBe('OOM in script 7 (and 9999 more of the kind since the last report)')
  vi.useRealTimers()
})
