import { delay } from 'es-toolkit'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { unhurried } from '../../jobs/audit/unhurried.ts'

beforeEach(() => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
})

/** How long a look of an audit and the rest after it take. */
async function tookWith(of: 'sample' | 'all', lookMs: number): Promise<number> {
  const startedAt = performance.now()
  const resting = unhurried(of, () => delay(lookMs)).then(() => performance.now() - startedAt)
  await vi.runAllTimersAsync()
  return resting
}

test('an audit of a sample rests three times as long as it works, one of a whole world as long', async () => {
  expect(await tookWith('sample', 20)).toBe(80)
  expect(await tookWith('all', 20)).toBe(40)
})

test('a look that took long is not followed by a rest of minutes', async () => {
  expect(await tookWith('sample', 10_000)).toBe(11_000)
})
