import { expect, test } from 'vitest'
import { refreshHuge } from '../support/refresh-huge-world.ts'
import { redisUrl } from '../support/servers.ts'

test('a round over 1,000 worlds of 1,000 read entities each, in a heap of 64 MB', async () => {
  const ownDatabase = `${redisUrl()}/8`
  expect(await refreshHuge({ url: ownDatabase, worlds: 1_000 })).toEqual({
    round: { worlds: 1_000, left: 0, looked: 200_000, due: 200_000 },
    decayed: 1_000,
    pruned: 500_000,
  })
})
