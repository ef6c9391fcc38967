import { shownLines } from './shown.ts'

/** What a person asked for, on stdout. What goes wrong goes to stderr. No text can do anything to a terminal. */
export function print(text = ''): void {
  process.stdout.write(`${shownLines(text)}\n`)
}

/** For a person, but no part of what was asked for. */
export function note(text: string): void {
  process.stderr.write(`${shownLines(text)}\n`)
}
