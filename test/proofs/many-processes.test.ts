import { expect, test } from 'vitest'
import { forkSupport, nextMessage } from '../support/child.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

test('4 processes x 250 cold reads of one timeline are one load in all', async () => {
  const worldId = fresh()
  const children = Array.from({ length: 4 }, () => forkSupport('cold-readers.ts', [redisUrl(), worldId]))
  await Promise.all(children.map(child => nextMessage(child)))
  const answers = children.map(child => nextMessage<{ loads: number; right: number }>(child))
  for (const child of children) child.send('go')
  const told = await Promise.all(answers)
  expect(told.map(({ right }) => right)).toEqual([250, 250, 250, 250])
  expect(told.reduce((sum, { loads }) => sum + loads, 0)).toBe(1)
})

/** Newer versions of Node collect garbage more often in such a small heap: three times as long on 24 as on 20. */
const hugeTimeoutMs = 600_000

test('a world of 100,000 entities is warmed and audited in a heap of 80 MB', {
  timeout: hugeTimeoutMs,
}, async () => {
  const child = forkSupport('huge-world.ts', [redisUrl(), fresh('huge'), '100000'], {
    execArgv: ['--max-old-space-size=80'],
  })
  const { result, audited, heapMb } = await nextMessage<{
    result: { filled: number }
    audited: { checked: number }
    heapMb: number
  }>(child)
  console.log(`heap at the end: ${heapMb.toFixed(0)} MB`)
  expect(result).toMatchObject({ outcome: 'warmed', entries: 200_002 })
  // Not all of them: on a busy machine a chunk may be retried, and finds the entries that it has filled before.
  expect(result.filled).toBeGreaterThan(180_000)
  expect(audited).toMatchObject({ outcome: 'consistent', suspects: 0 })
  // All of them, some perhaps twice: SCAN repeats keys while Redis resizes its table for those of other tests.
  expect(audited.checked).toBeGreaterThanOrEqual(200_002)
  expect(audited.checked).toBeLessThan(210_000)
})
