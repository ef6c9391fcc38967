import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { runRegister } from '../register/register.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'

const servers = () => ({ redisUrl: redisUrl(), neo4jAuth: neo4jAuth() })

test('no read returns an older value than the last one acknowledged before it began', async () => {
  const { reads, writes, staleReads, stale, errors } = await runRegister({
    ...servers(),
    seconds: 6,
    leastReads: 500,
  })
  console.log(`register test: ${reads} reads, ${writes} writes, ${staleReads} stale`)
  expect(stale).toEqual([])
  expect(errors).toEqual([])
  expect(reads).toBeGreaterThanOrEqual(500)
  expect(writes).toBeGreaterThan(10)
})

test("nor while the cache's Redis stalls and reads bypass it, without an in-process cache", async () => {
  const redis = await startRedis({ isolated: true })
  onTestFinished(() => redis.stop())
  const stalled = {
    redisUrl: redis.url,
    queueUrl: redisUrl(),
    neo4jAuth: neo4jAuth(),
    seconds: 5,
    stallMs: 1_000,
  }
  const { reads, bypassed, staleReads, stale, errors } = await runRegister(stalled)
  console.log(`register test, stalled: ${reads} reads, ${bypassed} past the cache, ${staleReads} stale`)
  expect(stale).toEqual([])
  expect(errors).toEqual([])
  expect(bypassed).toBeGreaterThan(0)
})

test('the register test notices when fill does not check the lease', {
  timeout: 120_000,
}, async () => {
  let stale = 0
  // A busy machine writes little in 6 s; so it is tried again.
  for (let run = 1; run <= 4 && stale === 0; run++) {
    stale = (await runRegister({ ...servers(), seconds: 6, leaseCheck: false })).staleReads
  }
  expect(stale).toBeGreaterThan(0)
})
