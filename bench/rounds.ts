import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Runs once, and answers its result. */
export type Contender = () => Promise<number>

export interface RoundsOptions<Name extends string> {
  contenders: Readonly<Record<Name, Contender>>
  /** How many rounds count, after one to warm up. */
  rounds: number
  /**
   * How many runs a round has; its figure is their mean. Runs of the contenders alternate, each of the same length.
   * Default 1.
   */
  slices?: number
  onRound?(round: { index: number; measured: Readonly<Record<Name, number>> }): void | Promise<void>
}

/**
 * In each round every contender runs once, and each round begins with another one, so that a machine that is busy for
 * a while disturbs all of them. Garbage is collected in between, so that no contender pays for another one's garbage.
 */
export async function interleaved<Name extends string>({
  contenders,
  rounds,
  slices = 1,
  onRound = () => {},
}: RoundsOptions<Name>): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[]
  const all = Object.fromEntries(names.map(name => [name, []])) as unknown as Record<Name, number[]>
  for (let index = 0; index <= rounds; index++) {
    const measured = Object.fromEntries(names.map(name => [name, 0])) as Record<Name, number>
    for (let slice = 0; slice < slices; slice++) {
      const first = (index + slice) % names.length
      for (const name of [...names.slice(first), ...names.slice(0, first)]) {
        collectGarbage()
        measured[name] += (await contenders[name]()) / slices
      }
    }
    if (index > 0) for (const name of names) all[name].push(measured[name])
    await onRound({ index, measured })
  }
  return all
}

/** The milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** One quotient for each round of two contenders: a delay of the whole round cancels out. */
export function ratios(above: readonly number[], below: readonly number[]): number[] {
  return above.map((value, round) => value / (below[round] ?? Number.NaN))
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

export const p99 = (values: readonly number[]): number => quantile(values, 0.99)

/** The interquartile range as a part of the median; 0 if all values are equal. */
export function spread(values: readonly number[]): number {
  const range = quantile(values, 0.75) - quantile(values, 0.25)
  return range === 0 ? 0 : range / median(values)
}

/** What spread means, for readers of a result. */
export const spreadMeaning = 'interquartile range / median'

/** @param part from 0 to 1; between two values it is interpolated */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * part
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  if (below === undefined || above === undefined) return Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

let gc: ((options: { type: 'minor' }) => void) | undefined

/** Of the young generation alone: after some full collections V8 gives up the compiled code of a contender that waits. */
function collectGarbage(): void {
  if (!gc) {
    setFlagsFromString('--expose-gc')
    gc = runInNewContext('gc') as typeof gc
  }
  gc?.({ type: 'minor' })
}
