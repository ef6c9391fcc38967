import { none } from '../../data/words.ts'

/** The share that was right, with every nine that it has and none that it has not: it is rounded down. */
export function nines(checked: number, wrong: number): string {
  if (checked === 0) return none
  if (wrong === 0) return '100 %'
  const digits = Math.min(6, Math.max(1, Math.ceil(-Math.log10(wrong / checked)) - 2))
  const right = Math.max(0, checked - wrong)
  return `${(Math.floor((right * 100 * 10 ** digits) / checked) / 10 ** digits).toFixed(digits)} %`
}

/** `10s` is 10 s, `5m` is 5 min. */
export const ageInWords = (age: string): string =>
  age.replace(/(\d)(ms|s|m)$/, (_, digit, unit) => `${digit} ${unit === 'm' ? 'min' : unit}`)
