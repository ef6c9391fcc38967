import { createReadStream } from 'node:fs'

export interface Line {
  /** Counted from 1, blank lines too. */
  number: number
  /** `null` where its bytes are no UTF-8. */
  text: string | null
}

const newline = 0x0a
/** It leaves a byte order mark out. */
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The lines of a text file, one after the other, blank ones left out. Only `\n` ends a line: `node:readline` would
 * also break at U+2028, which JSON text may hold as it stands.
 */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  let number = 0
  let begun: Buffer[] = []
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = textOf([...begun, chunk.subarray(start, end)])
      begun = []
      start = end + 1
      number++
      if (line !== '') yield { number, text: line }
    }
    if (start < chunk.length) begun.push(chunk.subarray(start))
  }
  const last = textOf(begun)
  if (last !== '') yield { number: number + 1, text: last }
}

/** Without the white space around it. `null` where the bytes are no UTF-8. */
export function textOf(parts: readonly Buffer[]): string | null {
  try {
    return decoder.decode(Buffer.concat(parts)).trim()
  } catch {
    return null
  }
}
