import type { Driver } from 'neo4j-driver'
import { readConfig } from '../config/read.ts'
import { atRate } from './at-rate.ts'
import type { Bench } from './bench.ts'
import { openGeneratedWorld } from './generated-world.ts'
import { openWarmerBeside, type WarmerBeside } from './interference/beside.ts'
import { interleaved, p99, ratios } from './rounds.ts'
import { plainDriver } from './servers.ts'

const worldId = 'bench'
const eventsPerEntity = 3
const writesPerSecond = 100
const sliceMs = 5_000
const slices = 2
/** What the frontier is measured for. */
const slowdowns = [1.1, 1.25, 1.5, 2, 4]

/**
 * How warming affects the game: its writes, at a fixed rate, while a worker in another process warms the world, and
 * alone. Then the frontier: what of both there is for other settings of HEARTH_MAX_SLOWDOWN.
 */
export async function interference(bench: Bench): Promise<void> {
  const { report, closing, say, sizes } = bench
  const { rounds = 5, entities = 100_000 } = sizes
  const { cache, queue, neo4j } = await openGeneratedWorld(bench, { worldId, entities, eventsPerEntity })
  const { maxSlowdown } = readConfig()
  report.setting({
    maxSlowdown,
    entities,
    eventsPerEntity,
    writesPerSecond,
    roundMs: slices * sliceMs,
    rounds,
  })

  const driver = plainDriver(neo4j)
  await closing.opened('the plain driver', () => driver.close())
  const openWarmer = async (maxSlowdown: number, fleet: string): Promise<WarmerBeside> => {
    const warmer = openWarmerBeside({ cache, queue, fleet, neo4j, worldId, loadLimiter: { maxSlowdown } })
    await closing.opened('a worker', () => warmer.close())
    return warmer
  }
  const besideWarming = async (warmer: WarmerBeside) => {
    await warmer.resume()
    const p99Ms = await writeAtRate(driver)
    const { loaded, limit } = await warmer.pause()
    return { p99Ms, perSecond: (loaded / sliceMs) * 1_000, limit }
  }

  const warmer = await openWarmer(maxSlowdown, 'measured')
  const perSecond: number[] = []
  const measured = await interleaved({
    rounds,
    slices,
    contenders: {
      alone: () => writeAtRate(driver),
      async warming() {
        const found = await besideWarming(warmer)
        perSecond.push(found.perSecond)
        say(`warming: ${found.perSecond} entries/s, the limit of loads is ${found.limit.toFixed(2)}`)
        return found.p99Ms
      },
    },
    onRound: ({ index, measured }) =>
      say(
        `round ${index}: p99 alone ${measured.alone.toFixed(1)} ms, warming ${measured.warming.toFixed(1)} ms`,
      ),
  })
  await warmer.close()
  report.measured({ what: "p99 of the game's writes, alone", unit: 'ms', rounds: measured.alone })
  report.measured({ what: "p99 of the game's writes, warming", unit: 'ms', rounds: measured.warming })
  report.target({
    figure: 'p99-warming/p99-alone',
    rounds: ratios(measured.warming, measured.alone),
    goal: '<= 1.5',
  })
  report.target({ figure: 'entries/s-warming', rounds: perSecond.slice(slices), goal: '>= 3000' })

  for (const slowdown of slowdowns) {
    const warmer = await openWarmer(slowdown, `slowdown_${Math.round(slowdown * 100)}`)
    await besideWarming(warmer) // until it has settled
    const found = [await besideWarming(warmer), await besideWarming(warmer)]
    await warmer.close()
    const what = `frontier, HEARTH_MAX_SLOWDOWN=${slowdown}: `
    report.measured({ what: `${what}p99`, unit: 'ms', rounds: found.map(({ p99Ms }) => p99Ms) })
    report.measured({
      what: `${what}entries`,
      unit: '1/s',
      rounds: found.map(({ perSecond }) => perSecond),
    })
  }
}

/** Writes at a fixed rate for one slice; answers the 99th percentile. */
const writeAtRate = async (driver: Driver): Promise<number> =>
  p99(await atRate({ perSecond: writesPerSecond, seconds: sliceMs / 1_000, act: () => write(driver) }))

let written = 0

/** Each another value: Neo4j commits nothing where a property has its value already. */
async function write(driver: Driver): Promise<void> {
  const mood = written++
  const session = driver.session()
  try {
    await session.executeWrite(tx =>
      tx.run('MATCH (c:Character {character_id: $id}) SET c.mood = $mood', {
        id: `c${(mood % 500) + 1}`,
        mood,
      }),
    )
  } finally {
    await session.close()
  }
}
