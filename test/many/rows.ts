import { appendFileSync } from 'node:fs'

/** How `npm run test:many` speaks with the tests that it runs: see main.ts. */
const { HEARTH_MANY_SHORT: short, HEARTH_MANY_ONLY: only, HEARTH_MANY_ROWS: file } = process.env

export const isShort = short === 'true'

/** Which of these faults are to happen in this run. */
export const chosen = <F extends { name: string; short?: boolean }>(faults: readonly F[]): F[] =>
  faults.filter(fault => (only === undefined ? !isShort || fault.short : fault.name.includes(only)))

/** A row of the table in docs/chaos.md. */
export interface Row {
  fault: string
  shape: string
  reads?: number
  writes: number
  acknowledged: number
  stale?: number
  lost: number
  /** Reads. */
  failed?: number
  failedToWrite: number
  trustedAfterMs?: number
  othersMs?: number
}

export function tell(row: Row): void {
  console.log(JSON.stringify(row))
  if (file) appendFileSync(file, `${JSON.stringify(row)}\n`)
}
