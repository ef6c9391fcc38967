import type { Closing } from '../cli/closing.ts'
import type { Say } from '../cli/servers/started.ts'
import type { Report } from './report.ts'

/** The arguments of a benchmark. */
export interface Bench {
  report: Report
  /** Prints progress for people. Not part of the result. */
  say: Say
  /** Everything that the benchmark opens is registered here at once. */
  closing: Closing
  /** Sizes of the command line that replace the benchmark's own. */
  sizes: Sizes
  /** Its file; empty if it needs none. */
  file: string
}

/** Other sizes than the standard ones, for trials. */
export interface Sizes {
  /** How many rounds are measured, after one that warms up. */
  rounds?: number
  /** How many entities the generated world has. */
  entities?: number
  /** How many reads of a trace are replayed. */
  reads?: number
}

/** Measures, and passes the results to `report`. Rejects only if it could not measure. */
export type Benchmark = (bench: Bench) => Promise<void>
