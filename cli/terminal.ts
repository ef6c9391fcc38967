/**
 * What moves the cursor of a terminal, sets its title, clears it, or turns text around and hides it: control and format
 * characters, separators of lines, halves of surrogate pairs. The two joiners stay, which scripts and emoji are made with.
 */
const unprintable = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Foreign text (an id, a title, a reason) for a terminal, in one line. What was escaped in JSON is the same JSON. */
export const shown = (text: string): string => text.replace(unprintable, escapeOf)

/** The same for text that has lines of its own. */
export const shownLines = (text: string): string =>
  text.replace(unprintable, found => (found === '\n' ? found : escapeOf(found)))

function escapeOf(found: string): string {
  const units = Array.from({ length: found.length }, (_, i) => found.charCodeAt(i))
  return named[found] ?? units.map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

/** What a person asked for, on stdout. What goes wrong goes to stderr. No text can do anything to a terminal. */
export function print(text = ''): void {
  process.stdout.write(`${shownLines(text)}\n`)
}

/** For a person, but no part of what was asked for. */
export function note(text: string): void {
  process.stderr.write(`${shownLines(text)}\n`)
}

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
