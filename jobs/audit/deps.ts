import type { JobDeps } from '../deps.ts'
import type { AuditLog } from './log.ts'
import type { Checked, Finding } from './payload.ts'

/** Called with what audits come to, in this process. */
export interface AuditObserver {
  /** Entries that were compared. */
  checked(checked: Checked): void
  /** This many entries had misled readers for this long: the name of an age. */
  inconsistent(age: string, count: number): void
  found(finding: Finding): void
}

/** How a pool audits. */
export interface Auditing {
  /** After how long what differs is looked at again, growing. Milliseconds. */
  agesMs: readonly number[]
  log: AuditLog
  onAudit: AuditObserver
  /** Waits between two chunks; `tookMs`: how long the last one took. */
  rest(tookMs: number): Promise<void>
}

export interface AuditDeps extends JobDeps {
  auditing: Auditing
}

/** As long as the chunk took: an audit is in no hurry, and leaves half of the time to other jobs. */
export const restAsLong = (tookMs: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, tookMs))
