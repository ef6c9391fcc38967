import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { Closing } from '../../cli/closing.ts'
import { failureOf, UsageError } from '../../cli/failure.ts'
import { HearthError } from '../../model/errors.ts'

test.each([
  [new HearthError('JobFailed', 'it broke'), { text: 'it broke', exitCode: 1 }],
  [new HearthError('InvalidConfig', 'wrong'), { text: 'wrong', exitCode: 2 }],
  [new UsageError('two of them'), { text: 'error: two of them', exitCode: 2 }],
  [new CommanderError(1, 'commander.unknownCommand', 'said already'), { text: '', exitCode: 2 }],
  [new CommanderError(0, 'commander.version', '0.1.0'), { text: '', exitCode: 0 }],
])('%s', (error, failure) => {
  expect(failureOf(error)).toEqual(failure)
})

test('any other error is a bug, and shows its stack', () => {
  const { text, exitCode } = failureOf(new TypeError('x is undefined'))
  expect(exitCode).toBe(70)
  expect(text).toMatch(/bug in Hearth:\nTypeError: x is undefined\n +at .*cli-failure/)
})

test('what was opened is closed once, in reverse order, whatever fails; what is opened too late is closed at once', async () => {
  const closing = new Closing()
  const closed: string[] = []
  const close = (name: string) => async () => {
    closed.push(name)
    if (name === 'b') throw new Error('stuck')
  }
  for (const name of ['a', 'b', 'c']) await closing.opened(name, close(name))
  expect(await Promise.all([closing.close(), closing.close()])).toEqual([
    ['b: Error: stuck'],
    ['b: Error: stuck'],
  ])
  await closing.opened('late', close('late'))
  expect(closed).toEqual(['c', 'b', 'a', 'late'])
})
