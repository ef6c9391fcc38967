import { expect, test, vi } from 'vitest'
import { createLook } from '../../dashboard/console/look.ts'

/** A source that answers when the test lets it. */
function source() {
  const asked: { answer(value: string): void; fail(error: Error): void }[] = []
  const ask = () =>
    new Promise<string>((answer, fail) => {
      asked.push({ answer, fail })
    })
  return { asked, ask }
}

test('a late answer is not waited for, nor asked for again; the known value stays until it arrives', async () => {
  const { asked, ask } = source()
  const look = createLook(ask, { limitMs: 20 })
  const first = look.ask()
  asked[0]?.answer('one')
  expect(await first).toMatchObject({ value: 'one', error: undefined })

  const late = await look.ask()
  expect(late).toMatchObject({ value: 'one', error: { message: 'no answer within 20 ms' } })
  expect(await look.ask()).toMatchObject({ value: 'one', error: { message: 'no answer within 20 ms' } })
  expect(asked).toHaveLength(2)
  asked[1]?.answer('two')
  await Promise.resolve()
  expect(look.last()).toMatchObject({ value: 'two', error: undefined })
})

test('an error is reported and asked again at once; an answer is kept for its time', async () => {
  const { asked, ask } = source()
  const look = createLook(ask, { everyMs: 60_000 })
  const failing = look.ask()
  asked[0]?.fail(new Error('gone'))
  expect(await failing).toMatchObject({ value: undefined, at: null, error: { message: 'gone' } })
  const again = look.ask()
  asked[1]?.answer('back')
  expect(await again).toMatchObject({ value: 'back', at: expect.any(Number), error: undefined })
  await look.ask()
  expect(asked).toHaveLength(2)
})

test('a question that is never answered is given up, and asked again', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'setImmediate'] })
  const { asked, ask } = source()
  const look = createLook(ask, { limitMs: 1_000 })
  for (let i = 0; i < 3; i++) {
    const looking = look.ask()
    await vi.advanceTimersByTimeAsync(6_000)
    expect((await looking).error?.message).toBe('no answer within 1000 ms')
  }
  expect(asked).toHaveLength(2)
  asked[1]?.answer('new')
  await vi.advanceTimersByTimeAsync(0)
  asked[0]?.answer('old')
  await vi.advanceTimersByTimeAsync(0)
  expect(look.last().value).toBe('new')
  vi.useRealTimers()
})

test('asked anew, the answer is to a question that began later, one at a time', async () => {
  const { asked, ask } = source()
  const look = createLook(ask, { everyMs: 60_000 })
  const first = look.ask()
  const anew = [look.ask({ anew: true }), look.ask({ anew: true })]
  asked[0]?.answer('begun before')
  expect(await first).toMatchObject({ value: 'begun before' })
  await Promise.resolve()
  expect(asked, 'both share one question').toHaveLength(2)
  asked[1]?.answer('begun after')
  for (const answer of await Promise.all(anew)) expect(answer).toMatchObject({ value: 'begun after' })
  const again = look.ask({ anew: true })
  asked[2]?.answer('at once')
  expect(await again).toMatchObject({ value: 'at once' })
  expect(await look.ask()).toMatchObject({ value: 'at once' })
})
