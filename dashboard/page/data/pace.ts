import { count, duration } from './words.ts'

/** How fast it is, and how long it will take if it goes on so. */
export function paceOf(done: number, total: number, ms: number): string {
  const of = `${count(done)} of ${count(total)}`
  if (done === 0 || done === total) return of
  const perSecond = done / (ms / 1_000)
  return `${of}, ${perSecond.toFixed(1)} a second, ${duration(((total - done) / perSecond) * 1_000)} left`
}
