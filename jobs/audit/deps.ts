import type { Job } from 'bullmq'
import type { AgainPayload, Checked, Finding } from '../../queues/audit.ts'
import type { AuditLog } from '../../queues/audit-log.ts'
import type { JobDeps } from '../deps.ts'

/** Hears what audits come to, in this process. */
export interface AuditObserver {
  /** Entries that were compared. */
  checked(checked: Checked): void
  /** So many entries had misled readers for so long: the name of an age. */
  inconsistent(age: string, count: number): void
  found(finding: Finding): void
}

export interface AuditDeps extends JobDeps {
  /** After how long what differs is looked at again, growing. Milliseconds. */
  agesMs: readonly number[]
  log: AuditLog
  onAudit: AuditObserver
  /** Waits between two chunks, of which the last took so long. */
  rest(tookMs: number): Promise<void>
  addAgain(from: Job, again: Again): Promise<void>
}

export interface Again {
  jobId: string
  name: string
  payload: AgainPayload
  delayMs: number
}
