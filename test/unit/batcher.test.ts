import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createBatcher } from '../../resilience/batcher.ts'

/** A batcher whose batches are answered, with what they held, when the test says so. */
function openBatcher(options: { largest?: number; atOnce?: number }) {
  const sent: { items: readonly string[]; answer(): void; fail(error: Error): void }[] = []
  const batcher = createBatcher<string, string>({
    ...options,
    send: items =>
      new Promise((resolve, reject) => {
        sent.push({ items, answer: () => resolve(items.join('')), fail: reject })
      }),
  })
  const turns = async () => {
    for (let i = 0; i < 5; i++) await nextTurn()
  }
  return { ...batcher, sent, turns, itemsSent: () => sent.map(({ items }) => items.join('')) }
}

test('what comes while a batch is under way goes out with the next', async () => {
  const { add, sent, turns, itemsSent } = openBatcher({})
  const first = Promise.all([add(['a']), add(['b'])])
  await turns()
  const second = Promise.all([add(['c']), add(['d', 'c'])])
  await turns()
  expect(itemsSent()).toEqual(['ab'])
  sent[0]?.answer()
  await expect(first).resolves.toEqual([['ab'], ['ab']])
  await turns()
  expect(itemsSent()).toEqual(['ab', 'cd'])
  sent[1]?.answer()
  await expect(second).resolves.toEqual([['cd'], ['cd']])
})

test('two batches are under way at a time, if they may; the third waits for the first', async () => {
  const { add, sent, turns, itemsSent, idle } = openBatcher({ largest: 2, atOnce: 2 })
  const all = add(['a', 'b', 'c', 'd', 'e'])
  await turns()
  expect(itemsSent()).toEqual(['ab', 'cd'])
  sent[0]?.answer()
  await turns()
  expect(itemsSent()).toEqual(['ab', 'cd', 'e'])
  let isIdle = false
  idle().then(() => {
    isIdle = true
  })
  sent[2]?.answer()
  await turns()
  expect(isIdle, 'the second is under way').toBe(false)
  sent[1]?.answer()
  await expect(all).resolves.toEqual(['ab', 'cd', 'e'])
  await turns()
  expect(isIdle).toBe(true)
})

test('a batch that fails fails its callers, and no other batch', async () => {
  const { add, sent, turns } = openBatcher({ largest: 1, atOnce: 2 })
  const [first, second, third] = [add(['a']), add(['b']), add(['c'])]
  await turns()
  const failure = expect(first).rejects.toThrow('no answer')
  sent[0]?.fail(new Error('no answer'))
  await failure
  await turns()
  sent[1]?.answer()
  sent[2]?.answer()
  await expect(second).resolves.toEqual(['b'])
  await expect(third).resolves.toEqual(['c'])
})
