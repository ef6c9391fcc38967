import { expect, test } from 'vitest'
import { createSharedLoads } from '../../cache/shared-loads.ts'

/** Loads that a test releases one by one; each returns its number. */
function heldLoads() {
  const begun: { keys: string[]; release: () => void; fail: (error: Error) => void }[] = []
  const load = (entries: readonly { key: string }[]) =>
    new Promise<string[]>((resolve, reject) => {
      const asked = entries.map(({ key }) => key)
      const number = begun.length + 1
      begun.push({ keys: asked, release: () => resolve(asked.map(key => `${key}${number}`)), fail: reject })
    })
  return { begun, load }
}
const entriesOf = (keys: readonly string[]) => keys.map(key => ({ key }))
const settle = () => new Promise(resolve => setImmediate(resolve))

test('readers that come during a load share the next one, which begins after they came', async () => {
  const shared = createSharedLoads()
  const { begun, load } = heldLoads()
  const read = (keys: string[]) => shared.load(entriesOf(keys), load)

  const first = read(['a'])
  const second = read(['a', 'b'])
  const third = read(['a'])
  await settle()
  expect(begun.map(({ keys }) => keys)).toEqual([['a'], ['b']])

  begun[0]?.release()
  begun[1]?.release()
  await settle()
  expect(begun.map(({ keys }) => keys)).toEqual([['a'], ['b'], ['a']])
  begun[2]?.release()

  expect(await first).toEqual(['a1'])
  expect(await second).toEqual(['a3', 'b2'])
  expect(await third).toEqual(['a3'])
})

test('a failed load fails only the readers that wait for it', async () => {
  const shared = createSharedLoads()
  const { begun, load } = heldLoads()
  const first = shared.load(entriesOf(['a']), load)
  const second = shared.load(entriesOf(['a']), load)
  begun[0]?.fail(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  await settle()
  begun[1]?.release()
  expect(await second).toEqual(['a2'])
})

test('a key requested twice is loaded once', async () => {
  const shared = createSharedLoads()
  const { begun, load } = heldLoads()
  const reading = shared.load(entriesOf(['a', 'b', 'a']), load)
  begun[0]?.release()
  expect(await reading).toEqual(['a1', 'b1', 'a1'])
})
