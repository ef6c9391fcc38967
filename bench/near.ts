import type { Bench } from './bench.ts'
import { openReaders } from './near/readers.ts'
import { nearBatches, nearOneByOne, nearReads } from './near/reads.ts'
import { nearTails } from './near/tails.ts'
import { nearUnlinks } from './near/tracked-unlink.ts'

/** Reads near against the cheapest reads of the same keys from Redis, while another hearth changes some of them. */
export async function near(bench: Bench): Promise<void> {
  const readers = await openReaders(bench)
  await nearReads(bench, readers)
  await nearOneByOne(bench, readers)
  await nearBatches(bench, readers)
  await nearTails(bench, readers)
  await nearUnlinks(bench, readers)
}
