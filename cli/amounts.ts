const grouped = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** 12345: `12,345`. */
export const count = (n: number): string => grouped.format(n)

/** 12345: `12.3 kB`, in powers of 1000. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  const power = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3))
  return `${short.format(n / 1000 ** power)} ${units[power]}`
}

/** Milliseconds in the unit that a person would use: `0.42 ms`, `3.1 s`, `9 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${short.format(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60]
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`
}

/** `a to b`, or the one where they read the same. */
export function span(from: string, to: string): string {
  return from === to ? from : `${from} to ${to}`
}
