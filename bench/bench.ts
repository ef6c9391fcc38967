import type { Closing } from '../cli/closing.ts'
import type { Say } from '../cli/servers/started.ts'
import type { Report } from './report.ts'

/** What a benchmark is given. */
export interface Bench {
  report: Report
  /** For a person who waits: what is being done now. No part of the result. */
  say: Say
  /** Is told at once of all that the benchmark opens. */
  closing: Closing
  /** What the command line asked for instead of the benchmark's own. */
  sizes: Sizes
  /** What it works on; empty where it needs no file. */
  file: string
}

/** Results of other sizes than the standard ones are for trying things out. */
export interface Sizes {
  /** How many rounds are measured, after one that warms up. */
  rounds?: number
  /** How many entities the generated world has. */
  entities?: number
  /** How many reads of a trace are replayed. */
  reads?: number
}

/** Measures, and tells `report`. Rejects only where it could not measure. */
export type Benchmark = (bench: Bench) => Promise<void>
