import { expect, test } from 'vitest'
import { forkSupport, nextMessage } from '../support/child.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

interface Cost {
  read: number
  peakRssMb: number
  /** What is near, after garbage was collected. */
  heapMb: number
  bytes: number
  entries: number
  evictions: number
}

const reads = 1_000_000
/** What docs/near.md promises for 16 MB near: of the process in all, and of its heap for what is near. Megabytes. */
const most = { rssMb: 600, heapMb: 48 }

test('a million different reads with 16 MB near keep the process small', async context => {
  const child = forkSupport('near-reader.ts', [redisUrl(), fresh(), String(reads)])
  const cost = await nextMessage<Cost>(child)
  const perByte = cost.heapMb / (cost.bytes / 1e6)
  context.annotate(`${JSON.stringify(cost)}; heap per byte near: ${perByte.toFixed(2)}`)
  expect(cost.read, 'on a busy machine some go to the source').toBeGreaterThan(reads * 0.9)
  expect(cost.bytes).toBeLessThanOrEqual(16_000_000)
  expect(cost.bytes, 'it was full').toBeGreaterThan(15_000_000)
  expect(cost.evictions).toBeGreaterThan(reads * 0.8)
  expect(cost.peakRssMb).toBeLessThan(most.rssMb)
  expect(cost.heapMb).toBeLessThan(most.heapMb)
}, 480_000)
