import type { Bench } from './bench.ts'
import { interleaved, ratios } from './rounds.ts'
import { entitiesOfWorld, openFleet, walked } from './scale/fleet.ts'
import { periodMs, roundContenders } from './scale/rounds.ts'
import { walkContenders } from './scale/walks.ts'

const sizes = [100, 1_000, 10_000] as const

/** What is measured, in a few words. */
const what = {
  refresh: 'a refresh round',
  jobs: 'its jobs by BullMQ alone',
  audit: 'an audit round',
  walk: 'a walk of one world',
  walkFloor: 'its index by ZRANGEBYSCORE',
  census: 'a world counted',
  overview: 'a step of the overview',
}
type Name = keyof typeof what

/** How long what covers all worlds takes with more and more of them, and what covers one world beside them. */
export async function scale(bench: Bench): Promise<void> {
  const { report, say } = bench
  const { rounds = 5 } = bench.sizes
  const fleet = await openFleet(bench)
  const round = await roundContenders(bench, fleet)
  const walks = await walkContenders(bench, fleet)
  const contenders = { ...walks, refresh: round.refresh, jobs: round.jobs, audit: round.audit }
  report.setting({
    'entities of a world': entitiesOfWorld,
    'entities of the world that is walked': walked.entities,
    'period of a refresh round, ms': periodMs,
    rounds,
  })

  const found = new Map<number, Record<Name, number[]>>()
  let cpuMs: number[] = []
  for (const worlds of sizes) {
    say(`filling ${worlds} worlds`)
    await fleet.growTo(worlds)
    round.cpuMs.length = 0
    const measured = await interleaved({
      rounds,
      contenders,
      onRound: ({ index, measured: { refresh } }) =>
        say(`${worlds} worlds, round ${index} of ${rounds}: refreshing ${Math.round(refresh)} ms`),
    })
    cpuMs = round.cpuMs.slice(1)
    found.set(worlds, measured)
    report.setting({ worlds, 'entries due in a round': round.totals.due, 'worlds left': round.totals.left })
    for (const name of Object.keys(what) as Name[]) {
      report.measured({ what: `${what[name]}, ${worlds} worlds`, unit: 'ms', rounds: measured[name] })
    }
    report.measured({ what: `CPU of a refresh round, ${worlds} worlds`, unit: 'ms', rounds: cpuMs })
  }

  const of = (worlds: number, name: Name) => found.get(worlds)?.[name] ?? []
  for (const name of Object.keys(what) as Name[]) {
    const [unit, grown] = ['x', `${what[name]}: 10,000 worlds/1,000`]
    report.measured({ what: grown, unit, rounds: ratios(of(10_000, name), of(1_000, name)) })
  }
  // On one core, the process and both servers take turns.
  const onOneCore = of(10_000, 'refresh').map((ms, i) => Math.max(ms, cpuMs[i] ?? 0) / periodMs)
  report.target({ figure: 'refresh-10000/period', rounds: onOneCore, goal: '<= 0.33' })
  report.target({
    figure: 'walk-1m/walk-10k',
    rounds: ratios(of(10_000, 'walk'), of(100, 'walk')),
    goal: '<= 2',
  })
}
