import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFences } from '../../cache/near/fences.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

/** Fences that come back when the test says so. */
function open() {
  const sent: { answer(isThere: boolean): void; fail(error: Error): void }[] = []
  const seconds: number[] = []
  const fences = createFences({
    send: () =>
      new Promise((resolve, reject) => {
        sent.push({ answer: resolve, fail: reject })
      }),
    onPassed: took => seconds.push(took),
  })
  return { fences, sent, seconds }
}

test('all reads of one turn of the event loop share a fence, which is sent after them', async () => {
  const { fences, sent } = open()
  const first = fences.pass()
  await Promise.resolve()
  const second = fences.pass()
  expect(sent).toHaveLength(0)
  await turn()
  expect(sent).toHaveLength(1)
  sent[0]?.answer(true)
  expect(await first).toBe(await second)
})

test('no read joins a fence that was sent before it began', async () => {
  const { fences, sent } = open()
  const before = fences.pass()
  await turn()
  const after = fences.pass()
  await turn()
  expect(sent).toHaveLength(2)
  const passed = vi.fn()
  void after.then(passed)
  sent[0]?.answer(true)
  await before
  await turn()
  expect(passed, 'another fence is back').not.toHaveBeenCalled()
  sent[1]?.answer(true)
  await after
})

test('the age of a fence counts from when it was sent', async () => {
  const { fences, sent, seconds } = open()
  expect(fences.lastSentAt).toBe(Number.NEGATIVE_INFINITY)
  const passing = fences.pass()
  await turn()
  const sentAt = performance.now()
  vi.advanceTimersByTime(40)
  sent[0]?.answer(true)
  expect(await passing).toEqual({ sentAt })
  expect(fences.lastSentAt).toBe(sentAt)
  expect(seconds).toEqual([0.04])
})

test('a fence that is overtaken by a later one does not count as the newest', async () => {
  const { fences, sent } = open()
  const before = fences.pass()
  await turn()
  vi.advanceTimersByTime(10)
  const after = fences.pass()
  await turn()
  sent[1]?.answer(true)
  const { sentAt } = await after
  sent[0]?.answer(true)
  await before
  expect(fences.lastSentAt).toBe(sentAt)
})

test('a fence that does not come back proves nothing, and says why where Redis did not answer', async () => {
  const { fences, sent, seconds } = open()
  const lost = fences.pass()
  await turn()
  sent[0]?.answer(false)
  expect(await lost).toEqual({})
  const silent = fences.pass()
  await turn()
  const error = new Error('no answer')
  sent[1]?.fail(error)
  expect(await silent).toEqual({ unanswered: error })
  expect(fences.lastSentAt).toBe(Number.NEGATIVE_INFINITY)
  expect(seconds).toEqual([])
})
