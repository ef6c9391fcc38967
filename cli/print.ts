/** What a person asked for, on stdout. What goes wrong goes to stderr. */
export function print(text = ''): void {
  process.stdout.write(`${text}\n`)
}

/** For a person, but no part of what was asked for. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
