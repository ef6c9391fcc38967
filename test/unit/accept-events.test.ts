import { expect, onTestFinished, test, vi } from 'vitest'
import { createAccepting } from '../../hearth/accept-events.ts'
import { HearthError } from '../../model/errors.ts'
import { createBackground } from '../../resilience/background.ts'

/** Accepts events into a queue that refuses the first `refusals` jobs. */
function open({ refusals }: { refusals: number }) {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const addAll = vi.fn(async () => {
    if (addAll.mock.calls.length <= refusals) throw new HearthError('QueueUnavailable', 'not connected')
    return []
  })
  const failed = vi.fn()
  const background = createBackground(failed)
  const accepting = createAccepting({
    pending: {
      accept: async (_worldId, calls) => ({
        before: 0,
        pending: 1,
        calls: calls.map(events => ({ fresh: events.length, events: [...events] })),
      }),
    },
    producer: { addAll },
    background,
    pendingMax: 10,
  })
  const accept = () =>
    accepting.accept({
      worldId: 'w',
      events: [{ event_id: 'e', timestamp: '2030-01-01' }],
      cost: { bytes: 100, places: 0 },
    })
  return { accept, idle: accepting.idle, addAll, failed }
}

test('a flush that cannot be enqueued, as while a connection is made anew, is enqueued a moment later', async () => {
  const { accept, addAll, failed } = open({ refusals: 2 })
  await accept()
  await vi.advanceTimersByTimeAsync(249)
  expect(addAll).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(addAll).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(addAll).toHaveBeenCalledTimes(3)
  expect(failed).not.toHaveBeenCalled()
})

test('after three times it is left to the sweeper, and reported', async () => {
  const { accept, addAll, failed } = open({ refusals: 9 })
  await accept()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(addAll).toHaveBeenCalledTimes(4)
  expect(failed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'QueueUnavailable' }))
})

test('one who waits until nothing is under way waits for one more time, and no longer', async () => {
  const { accept, idle, addAll, failed } = open({ refusals: 9 })
  await accept()
  await vi.advanceTimersByTimeAsync(0)
  await idle()
  expect(addAll).toHaveBeenCalledTimes(2)
  expect(failed).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(addAll).toHaveBeenCalledTimes(2)
})

test('an enqueuing that is under way then, and fails, is not repeated later', async () => {
  const { accept, idle, addAll, failed } = open({ refusals: 9 })
  let refuse = () => {}
  addAll.mockImplementationOnce(
    () => new Promise((_, reject) => (refuse = () => reject(new Error('not connected')))),
  )
  await accept()
  const isIdle = idle()
  await vi.advanceTimersByTimeAsync(0)
  refuse()
  await isIdle
  await vi.advanceTimersByTimeAsync(60_000)
  expect(addAll).toHaveBeenCalledTimes(1)
  expect(failed).toHaveBeenCalledTimes(1)
})
