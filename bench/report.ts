import { table } from '../cli/table.ts'
import { type Machine, ourVersions, thisMachine } from './machine.ts'
import { median, spread, spreadMeaning } from './rounds.ts'

/** A measurement, round by round. */
export interface Measured {
  /** What was measured, in a few words. */
  what: string
  unit: string
  rounds: readonly number[]
}

/** A goal for a figure, such as `<= 1.1`. */
export type Goal = `${'<' | '<=' | '>' | '>=' | '='} ${number}`

/** The output of a benchmark: one line of JSON for each call, or, for people, tables at the end. */
export interface Report {
  /** The sizes, the servers' versions, and how they were started. */
  setting(facts: Readonly<Record<string, string | number>>): void
  measured(measured: Measured): void
  /** Its value is the median of `rounds`. */
  target(target: { figure: string; rounds: readonly number[]; goal: Goal }): void
  /** The last call. */
  end(): void
}

export interface ReportOptions {
  bench: string
  json: boolean
  print(text: string): void
  machine?: Machine
  versions?: Record<string, string>
}

export function createReport(options: ReportOptions): Report {
  const { bench, json, print, machine = thisMachine(), versions = ourVersions() } = options
  const measuredRows: string[][] = []
  const targetRows: string[][] = []
  const line = (object: object) => print(JSON.stringify({ bench, ...object }))

  if (json) line({ machine, versions, spread: spreadMeaning })
  else print(`${bench}\n${inWords({ ...machine, memoryGb: `${machine.memoryGb} GB` })}\n${inWords(versions)}`)

  return {
    setting(facts) {
      if (json) line({ setting: facts })
      else print(inWords(facts))
    },

    measured({ what, unit, rounds }) {
      const [middle, around] = [median(rounds), spread(rounds)]
      if (json)
        line({ what, unit, median: rounded(middle), spread: rounded(around), rounds: rounds.map(rounded) })
      else measuredRows.push([what, shown(middle), unit, percent(around), rounds.map(shown).join(' ')])
    },

    target({ figure, rounds, goal }) {
      const [value, around] = [rounded(median(rounds)), rounded(spread(rounds))]
      if (json) line({ figure, value, goal, spread: around })
      else targetRows.push([figure, shown(value), goal, percent(around), reaches(value, goal) ? 'yes' : 'no'])
    },

    end() {
      if (json) return
      print(table(['measured', 'median', 'unit', 'spread', 'rounds'], measuredRows))
      print(table(['figure', 'value', 'goal', 'spread', 'reached'], targetRows))
      print(`Spread is ${spreadMeaning}. A figure is the median of its rounds' quotients.`)
    },
  }
}

export function reaches(value: number, goal: Goal): boolean {
  const [sign, text] = goal.split(' ')
  const wanted = Number(text)
  if (sign === '<') return value < wanted
  if (sign === '<=') return value <= wanted
  if (sign === '>') return value > wanted
  if (sign === '>=') return value >= wanted
  return value === wanted
}

const inWords = (facts: Readonly<Record<string, string | number>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ')

const rounded = (value: number): number => Number(value.toPrecision(4))

const numbers = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const shown = (value: number): string =>
  value >= 1000 ? numbers.format(Math.round(value)) : numbers.format(value)

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`
