import { expect, test } from 'vitest'
import { runRegister } from '../register/register.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'

const servers = () => ({ redisUrl: redisUrl(), neo4jAuth: neo4jAuth() })

test('no read returns an older value than was acknowledged before it began', async () => {
  const { reads, writes, staleReads, stale, errors } = await runRegister({ ...servers(), seconds: 6 })
  console.log(`register test: ${reads} reads, ${writes} writes, ${staleReads} stale`)
  expect(stale).toEqual([])
  expect(errors).toEqual([])
  expect(reads).toBeGreaterThan(100)
  expect(writes).toBeGreaterThan(10)
})

test('the register test notices when fill does not check the lease', async () => {
  const { staleReads } = await runRegister({ ...servers(), seconds: 6, leaseCheck: false })
  expect(staleReads).toBeGreaterThan(0)
})
