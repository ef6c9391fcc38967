import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import type { Bench } from '../bench.ts'
import { programBeside } from '../program-beside.ts'
import { interleaved, ratios, timed } from '../rounds.ts'
import { inFlight, type Readers, slices } from './readers.ts'

const keys = Array.from({ length: 2_000 }, (_, i) => `bench:tracked:${i}`)
const value = 'x'.repeat(5_600)

/** What a writer's UNLINKs take whose keys another process has read: over a tracked connection, or over a plain one. */
export async function nearUnlinks(bench: Bench, { cache, rounds }: Readers): Promise<void> {
  const unlinks = await openUnlinks(bench, cache)
  const cost = await interleaved({
    rounds,
    slices,
    contenders: { tracked: unlinks(true), plain: unlinks(false) },
  })
  const { report } = bench
  report.measured({ what: 'UNLINK of a key that is tracked', unit: 'µs', rounds: cost.tracked })
  report.measured({ what: 'UNLINK', unit: 'µs', rounds: cost.plain })
  report.target({
    figure: 'unlink-tracked/unlink',
    rounds: ratios(cost.tracked, cost.plain),
    goal: '<= 1.3',
  })
}

async function openUnlinks({ closing }: Bench, cache: string) {
  const { hostname: host, port } = new URL(cache)
  const reader = fork(programBeside(import.meta.url, 'tracker'), [host, port])
  await closing.opened('the process that reads', async () => void reader.kill())
  await once(reader, 'message')
  const redis = new Redis(cache)
  await closing.opened('the writer', async () => redis.disconnect())

  /** Answers microseconds for one UNLINK. */
  return (isTracked: boolean) => async () => {
    const sets = redis.pipeline()
    for (const key of keys) sets.set(key, value)
    await sets.exec()
    reader.send({ keys, isTracked })
    await once(reader, 'message')
    let next = 0
    const lane = async () => {
      for (let key = keys[next++]; key !== undefined; key = keys[next++]) await redis.unlink(key)
    }
    const ms = await timed(() => Promise.all(Array.from({ length: inFlight }, lane)))
    return (ms / keys.length) * 1_000
  }
}
