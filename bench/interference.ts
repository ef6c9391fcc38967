import type { Driver } from 'neo4j-driver'
import { readConfig } from '../config/read.ts'
import { atRate } from './at-rate.ts'
import type { Bench } from './bench.ts'
import { openGeneratedWorld } from './generated-world.ts'
import { openWarmerBeside } from './interference/beside.ts'
import { interleaved, p99, ratios } from './rounds.ts'
import { plainDriver } from './servers.ts'

const worldId = 'bench'
const eventsPerEntity = 3
const writesPerSecond = 100
const sliceMs = 5_000
const slices = 2

/**
 * How warming affects the game: its writes, at a fixed rate, while a worker in another process warms the world, and
 * alone. HEARTH_LEAST_LOADS and HEARTH_LATE_ANSWERS decide how much the worker gives way.
 */
export async function interference(bench: Bench): Promise<void> {
  const { report, closing, say, sizes } = bench
  const { rounds = 5, entities = 100_000 } = sizes
  const { cache, queue, neo4j } = await openGeneratedWorld(bench, { worldId, entities, eventsPerEntity })
  const { leastLoads, lateAnswers } = readConfig()
  report.setting({
    leastLoads,
    lateAnswers,
    entities,
    eventsPerEntity,
    writesPerSecond,
    roundMs: slices * sliceMs,
    rounds,
  })

  const driver = plainDriver(neo4j)
  await closing.opened('the plain driver', () => driver.close())
  const warmer = openWarmerBeside({
    cache,
    queue,
    neo4j,
    worldId,
    loadLimiter: { least: leastLoads, lateShare: lateAnswers },
  })
  await closing.opened('the worker', () => warmer.close())

  const loads: number[] = []
  const measured = await interleaved({
    rounds,
    slices,
    contenders: {
      alone: () => writeAtRate(driver),
      async warming() {
        await warmer.resume()
        const p99Ms = await writeAtRate(driver)
        const { loaded, limit } = await warmer.pause()
        loads.push((loaded / sliceMs) * 1_000)
        say(`warming: ${loaded} entries in ${sliceMs / 1_000} s, the limit of loads is ${limit.toFixed(2)}`)
        return p99Ms
      },
    },
    onRound: ({ index, measured }) =>
      say(
        `round ${index}: p99 alone ${measured.alone.toFixed(1)} ms, warming ${measured.warming.toFixed(1)} ms`,
      ),
  })
  report.measured({ what: "p99 of the game's writes, alone", unit: 'ms', rounds: measured.alone })
  report.measured({ what: "p99 of the game's writes, warming", unit: 'ms', rounds: measured.warming })
  report.measured({ what: 'entries loaded meanwhile', unit: '1/s', rounds: loads.slice(slices) })
  report.target({
    figure: 'p99-warming/p99-alone',
    rounds: ratios(measured.warming, measured.alone),
    goal: '<= 1.5',
  })
}

/** Writes at a fixed rate for one slice; answers the 99th percentile. */
const writeAtRate = async (driver: Driver): Promise<number> =>
  p99(await atRate({ perSecond: writesPerSecond, seconds: sliceMs / 1_000, act: n => write(driver, n) }))

async function write(driver: Driver, i: number): Promise<void> {
  const session = driver.session()
  try {
    await session.executeWrite(tx =>
      tx.run('MATCH (c:Character {character_id: $id}) SET c.mood = $mood', {
        id: `c${(i % 500) + 1}`,
        mood: i,
      }),
    )
  } finally {
    await session.close()
  }
}
