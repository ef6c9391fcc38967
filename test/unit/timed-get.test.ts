import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Command } from 'ioredis'
import { expect, test, vi } from 'vitest'
import type { CacheRedis } from '../../cache/scripts.ts'
import { createTimedGet } from '../../cache/timed-get.ts'

/** A Redis that answers when the test says so. */
function open() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const sent: Command[] = []
  const redis = {
    sendCommand(command: Command) {
      sent.push(command)
      return command.promise
    },
  } as unknown as CacheRedis
  const timedGet = createTimedGet(redis, 50, () => false)
  return { timedGet, sent }
}

test('a batch that is not answered in time is rejected, and one that is answered is not', async () => {
  const { timedGet, sent } = open()
  const [answered, late] = [timedGet.mget(['a']), timedGet.mget(['b'])]
  const failed = late.catch((error: Error) => error.message)
  sent[0]?.resolve([Buffer.from('1')])
  expect(await answered).toEqual(['1'])
  await vi.advanceTimersByTimeAsync(70)
  expect(await failed).toBe('no answer within 50 ms')
  timedGet.stop()
  vi.useRealTimers()
})

test('what was answered is not kept until the limit is looked at', async () => {
  const { timedGet, sent } = open()
  const reading = timedGet.mget(['a'])
  sent[0]?.resolve([Buffer.from('1')])
  await reading
  const command = new WeakRef(sent.pop() as Command)
  await new Promise(setImmediate)
  collectGarbage()
  expect(command.deref()).toBeUndefined()
  timedGet.stop()
  vi.useRealTimers()
})

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}
