import { expect } from 'vitest'
import { chosen, tell } from './rows.ts'
import { type Fault, openSession } from './session.ts'
import type { Shape } from './shapes.ts'

/** Whatever happens to the servers: no read is stale, none fails, and nothing acknowledged is lost. */
export async function expectAllWell<S extends Shape>(
  faults: readonly Fault<S>[],
  start: () => Promise<S>,
): Promise<void> {
  const shape = await start()
  const session = await openSession(shape)
  for (const fault of chosen(faults)) {
    const { examples, lost, failedReads, failedWrites, othersDistrusted, ...counts } =
      await session.seeFault(fault)
    const othersMs = Math.max(0, ...othersDistrusted.map(({ lastedMs }) => lastedMs))
    for (const distrust of othersDistrusted) console.log(`${fault.name}: another shard: ${JSON.stringify(distrust)}`)
    const [failed, failedToWrite] = [failedReads.length, failedWrites.length]
    tell({ fault: fault.name, shape: shape.name, ...counts, othersMs, lost: lost.length, failed, failedToWrite })
    for (const what of [...examples, ...lost, ...failedReads.slice(0, 3), ...failedWrites.slice(0, 3)])
      console.log(`${fault.name}: ${what}`)
    expect
      .soft({ stale: counts.stale, lost, failedReads }, fault.name)
      .toEqual({ stale: 0, lost: [], failedReads: [] })
  }
}
