import { expect } from 'vitest'
import { chosen, tell } from './rows.ts'
import { type Fault, openSession, type Seen } from './session.ts'
import type { Shape } from './shapes.ts'

/**
 * After the servers are well. The goal is 10 s, and the table says what it was; 9.3 s have been seen where a promoted replica
 * has no peers (5 s of it, see cache/primaries.ts), so a slower machine gets half as much again. Milliseconds.
 */
const trustedWithinMs = 15_000

/**
 * Whatever happens to the servers: no read is stale, none fails, nothing acknowledged is lost, all is trusted again within
 * the limit, and worlds of other shards are always trusted. Where the machine was late, no fault is blamed for it.
 */
export async function expectAllWell<S extends Shape>(
  faults: readonly Fault<S>[],
  start: () => Promise<S>,
): Promise<void> {
  const shape = await start()
  const session = await openSession(shape)
  for (const fault of chosen(faults)) tellAndExpect(fault, shape, await session.seeFault(fault))
}

function tellAndExpect<S extends Shape>(fault: Fault<S>, shape: S, seen: Seen): void {
  const { reads, writes, acknowledged, stale, lost, failedReads, failedWrites, othersDistrusted } = seen
  tell({
    fault: fault.name,
    shape: shape.name,
    reads,
    writes,
    acknowledged,
    stale,
    lost: lost.length,
    failed: failedReads.length,
    failedToWrite: failedWrites.length,
    trustedAfterMs: seen.trustedAfter.ms,
    othersMs: Math.max(0, ...othersDistrusted.map(({ lastedMs }) => lastedMs)),
  })
  console.log(`${fault.name}: the machine was late in ${Math.round(seen.lateShare * 100)} % of the time`)
  const details = [...seen.examples, ...lost, ...failedReads.slice(0, 3), ...failedWrites.slice(0, 3)]
  for (const what of [...details, ...othersDistrusted.map(one => JSON.stringify(one))])
    console.log(`${fault.name}: ${what}`)
  const trustedInTime = Math.min(seen.trustedAfter.calmMs, trustedWithinMs)
  const blamed = fault.touchesOthers ? [] : othersDistrusted.filter(({ isOfMachine }) => !isOfMachine)
  expect
    .soft({ stale, lost, failedReads, trustedAfterMs: seen.trustedAfter.calmMs, blamed }, fault.name)
    .toEqual({ stale: 0, lost: [], failedReads: [], trustedAfterMs: trustedInTime, blamed: [] })
}
