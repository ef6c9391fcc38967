import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { UsageError } from '../../cli/failure.ts'

/** A recorded trace, its keys replaced by their ranks. */
export interface Recording {
  /** Which key was read, in order: its rank, 0 for the one that is read most. */
  reads: readonly number[]
  /** How many different ones there are. */
  keys: number
}

/**
 * Reads a trace: a key a line, in the order of the reads, gzipped or not.
 *
 * @param most takes only the first `most` reads; keys are ranked by these
 * @throws UsageError for a file that cannot be read, or holds anything else
 */
export async function readRecording(file: string, most = Number.POSITIVE_INFINITY): Promise<Recording> {
  const bytes = await readFile(file).catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`)
  })
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b
  const lines = (gzipped ? gunzipSync(bytes) : bytes).toString().split('\n')
  if (lines.at(-1) === '') lines.pop()
  const wrong = lines.findIndex(line => !/^-?\d+\r?$/.test(line))
  if (wrong !== -1 || lines.length === 0) {
    throw new UsageError(`${file}, line ${wrong + 1 || 1}: expected a whole number, the key that was read`)
  }
  return byRank(lines.slice(0, most).map(Number))
}

/** Ranks keys by how often the trace reads them; equal ones by their first read. */
export function byRank(trace: readonly number[]): Recording {
  const counts = new Map<number, number>() // remembers the order in which they came
  for (const key of trace) counts.set(key, (counts.get(key) ?? 0) + 1)
  const ranked = [...counts].toSorted(([, a], [, b]) => b - a)
  const rankOf = new Map(ranked.map(([key], rank) => [key, rank]))
  return { reads: trace.map(key => rankOf.get(key) as number), keys: ranked.length }
}
