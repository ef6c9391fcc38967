import type { Bench } from '../bench.ts'
import { interleaved, p99, ratios } from '../rounds.ts'
import { inFlight, type Readers, type ReadSome } from './readers.ts'

/** How long the slowest reads take, with many in flight. */
export async function nearTails({ report }: Bench, { rounds, at, near, get }: Readers): Promise<void> {
  const slowest = (read: ReadSome) => async () => {
    const took: number[] = []
    await at({ atOnce: inFlight, size: 1 }, async some => {
      const from = performance.now()
      const found = await read(some)
      took.push(performance.now() - from)
      return found
    })()
    return p99(took) * 1_000
  }
  const tails = await interleaved({ rounds, contenders: { near: slowest(near), get: slowest(get) } })
  report.measured({ what: 'p99 near', unit: 'µs', rounds: tails.near })
  report.measured({ what: 'p99 of GET', unit: 'µs', rounds: tails.get })
  report.target({ figure: 'p99-near/p99-get', rounds: ratios(tails.near, tails.get), goal: '<= 1' })
}
