import { expect, test } from 'vitest'
import { despiteFailover } from '../../resilience/redis-failover.ts'

const readOnly = new Error("READONLY You can't write against a read only replica.")
const notConnected = new Error("Stream isn't writeable and enableOfflineQueue options is false")
const away = Array.from({ length: 20 }, () => notConnected)

/** Asks what fails with these errors, one after the other, and then is answered. Answers how often it asked, too. */
async function asking(errors: readonly Error[], limitMs = 2_000) {
  let asked = 0
  const outcome = await despiteFailover(limitMs, async () => {
    const error = errors[asked++]
    if (error) throw error
    return 'answered'
  }).catch((error: Error) => error)
  return { outcome, asked }
}

test('a connection that is being made anew is waited for, whether this call or another one was refused', async () => {
  expect(await asking([readOnly, notConnected, notConnected])).toEqual({ outcome: 'answered', asked: 4 })
  expect(await asking([notConnected])).toEqual({ outcome: 'answered', asked: 2 })
})

test('without a refusal it is waited for a moment only, and then the error is its own', async () => {
  const { outcome, asked } = await asking(away)
  expect(outcome).toBe(notConnected)
  expect(asked).toBeLessThanOrEqual(4)
  expect((await asking([readOnly, ...away], 100)).outcome, 'there is no other server').toBe(readOnly)
})

test('any other error is not repeated', async () => {
  const wrong = new Error('WRONGTYPE')
  expect(await asking([wrong])).toEqual({ outcome: wrong, asked: 1 })
  expect(await asking([readOnly, wrong])).toEqual({ outcome: wrong, asked: 2 })
})
