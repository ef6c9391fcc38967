import type { AuditLog } from '../audit/log.ts'
import type { AuditObserver } from '../audit/payload.ts'
import type { JobDeps } from '../deps.ts'
import type { PendingWriter } from '../flush/write-pending.ts'
import type { EnsureStale } from '../invalidate/together.ts'

/** What every job works with, and what a pool of workers adds. */
export interface PoolDeps extends JobDeps {
  auditing: {
    /** After how long what differs is looked at again, growing. Milliseconds. */
    agesMs: readonly number[]
    log: AuditLog
    onAudit: AuditObserver
  }
  pendingWriter: PendingWriter
  ensureStale: EnsureStale
}
