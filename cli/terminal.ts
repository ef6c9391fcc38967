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
