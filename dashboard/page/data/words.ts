const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })
const rates = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

export const count = (n: number): string => (Math.abs(n) < 100_000 ? whole.format(n) : short.format(n))
export const rate = (n: number): string => (n >= 1_000 ? short.format(n) : rates.format(n))
export const none = '–'

export const or = <T>(value: T | null | undefined, shown: (value: T) => string): string =>
  value === null || value === undefined ? none : shown(value)

export const share = (part: number, all: number): string =>
  all === 0 ? none : `${(Math.floor((part / all) * 1_000) / 10).toFixed(1)} %`

/** Of milliseconds, in the two largest units. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const s = Math.round(ms / 1_000)
  if (s < 60) return `${s} s`
  if (s < 3_600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`
  const h = Math.floor(s / 3_600)
  if (h < 48) return s % 3_600 < 60 ? `${h} h` : `${h} h ${Math.floor((s % 3_600) / 60)} min`
  return `${Math.floor(h / 24)} days`
}

export const ago = (at: number, now: number): string =>
  now - at < 1_500 ? 'now' : `${duration(Math.max(0, now - at))} ago`

export const clock = (at: number): string => new Date(at).toLocaleTimeString('en-GB')

/** A time of day; of another day, with the date. */
export function moment(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)]
  if (then.toDateString() === today.toDateString()) return clock(at)
  return then.toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
}

/** 12345678: `12.3 MB`, in powers of 1000. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3))
  return `${rates.format(n / 1_000 ** power)} ${units[power]}`
}
