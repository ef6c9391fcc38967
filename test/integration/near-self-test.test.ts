import { expect, test } from 'vitest'
import { createCache } from '../../cache/cache.ts'
import { connectCache } from '../../cache/connect.ts'
import type { NearState } from '../../cache/near/near-state.ts'
import { noObserver } from '../../cache/observer.ts'
import { redisUrl } from '../support/servers.ts'
import { startTrackingProxy } from '../support/tracking-proxy.ts'

/** What becomes of the near cache of a process that reads there. */
async function stateAt(url: string): Promise<{ state: NearState; reason: string | undefined }> {
  let settle = (_state: { state: NearState; reason: string | undefined }) => {}
  const settled = new Promise<{ state: NearState; reason: string | undefined }>(resolve => {
    settle = resolve
  })
  const cache = createCache({
    redis: connectCache(url, () => {}),
    near: {},
    observer: { ...noObserver, nearIs: (state, reason) => settle({ state, reason }) },
  })
  try {
    return await settled
  } finally {
    await cache.close()
  }
}

const notSignalled = 'the server accepts CLIENT TRACKING, but did not signal a change in time'

test('a server that signals changes before it answers is used', async () => {
  const proxy = await startTrackingProxy(redisUrl(), {})
  expect(await stateAt(proxy.url)).toEqual({ state: 'armed', reason: undefined })
  expect(proxy.tracked).toBe(1)
})

test('a server whose invalidations come after the answer of the fence is not, after three connections', async () => {
  const proxy = await startTrackingProxy(redisUrl(), { signalsLate: true })
  expect(await stateAt(proxy.url)).toEqual({ state: 'off', reason: notSignalled })
  expect(proxy.tracked).toBe(3)
})

test('a server that says it tracks and does not is not', async () => {
  const proxy = await startTrackingProxy(redisUrl(), { tracking: ['OFF'] })
  expect(await stateAt(proxy.url)).toEqual({ state: 'off', reason: notSignalled })
})
