import type { Bench } from '../bench.ts'
import { interleaved, ratios } from '../rounds.ts'
import { batchSize, inFlight, maxStaleMs, type Readers, slices } from './readers.ts'

/** Many reads in flight, each of one value. */
export async function nearReads({ report }: Bench, readers: Readers): Promise<void> {
  const { rounds, at, near, uncounted, bounded, get, trip, lru } = readers
  const how = { atOnce: inFlight, size: 1 }
  const read = await interleaved({
    rounds,
    slices,
    contenders: {
      near: at(how, near),
      uncounted: at(how, uncounted),
      bounded: at(how, bounded),
      get: at(how, get),
      trip: at(how, trip),
      lru: at(how, lru),
    },
  })
  report.measured({ what: 'hearth.timeline, near', unit: 'reads/s', rounds: read.near })
  report.measured({ what: 'without counting reads', unit: 'reads/s', rounds: read.uncounted })
  report.measured({ what: `with maxStaleMs ${maxStaleMs}`, unit: 'reads/s', rounds: read.bounded })
  report.measured({ what: 'GET and JSON.parse', unit: 'reads/s', rounds: read.get })
  report.measured({ what: 'a round trip shared by a turn', unit: 'reads/s', rounds: read.trip })
  report.measured({ what: 'a bare lru-cache', unit: 'reads/s', rounds: read.lru })
  report.target({ figure: 'near/get', rounds: ratios(read.near, read.get), goal: '>= 20' })
  report.target({ figure: 'bounded/get', rounds: ratios(read.bounded, read.get), goal: '>= 60' })
  report.target({
    figure: 'counted/uncounted',
    rounds: ratios(read.near, read.uncounted),
    goal: '>= 0.9',
  })
}

/** Each read begins when the one before has ended. */
export async function nearOneByOne(
  { report }: Bench,
  { rounds, at, near, get, trip }: Readers,
): Promise<void> {
  const how = { atOnce: 1, size: 1 }
  const contenders = { near: at(how, near), get: at(how, get), trip: at(how, trip) }
  const one = await interleaved({ rounds, slices, contenders })
  report.measured({ what: 'near, one at a time', unit: 'reads/s', rounds: one.near })
  report.measured({ what: 'GET, one at a time', unit: 'reads/s', rounds: one.get })
  report.measured({ what: 'a round trip, one at a time', unit: 'reads/s', rounds: one.trip })
  report.target({ figure: 'near-one/get', rounds: ratios(one.near, one.get), goal: '>= 1.5' })
}

export async function nearBatches({ report }: Bench, { rounds, at, batch, mget }: Readers): Promise<void> {
  const how = { atOnce: 1, size: batchSize }
  const many = await interleaved({
    rounds,
    slices,
    contenders: { near: at(how, batch), mget: at(how, mget) },
  })
  report.measured({ what: 'hearth.timelines, near', unit: 'batches/s', rounds: many.near })
  report.measured({ what: 'MGET and JSON.parse', unit: 'batches/s', rounds: many.mget })
  report.target({ figure: 'near-batch/mget', rounds: ratios(many.near, many.mget), goal: '>= 30' })
}
