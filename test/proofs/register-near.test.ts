import { expect, test } from 'vitest'
import { runNearRegister } from '../register/near.ts'
import { nearTable, summary } from '../register/near-table.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'

const processes = 2
const servers = () => ({ queueUrl: redisUrl(), neo4jAuth: neo4jAuth(), processes })

test('no near read is stale while Redis evicts, forgets, freezes and dies, and its connections are killed', async context => {
  const startedAt = performance.now()
  const report = await runNearRegister({ ...servers(), readsAfterFault: 300 })
  if (!report) {
    console.log('[register] skipped: a Redis that can be killed is not to be had here')
    return context.skip()
  }
  const seconds = (performance.now() - startedAt) / 1_000
  console.log(`${summary(report, { processes, seconds })}\n${nearTable(report.rows)}`)
  expect(report.stale).toEqual([])
  expect(report.errors).toEqual([])
  expect(report.staleReads).toBe(0)
  expect(report.near).toBeGreaterThan(1_000)
  expect(report.evictions).toBeGreaterThan(0)
  expect(report.writes).toBeGreaterThan(10)
})

test('the register test notices when a near read waits for no fence', async context => {
  const report = await runNearRegister({ ...servers(), readsAfterFault: 0, mutant: 'no fence' })
  if (!report) return context.skip()
  expect(report.staleReads).toBeGreaterThan(0)
})
