import type { Auditing } from '../audit/deps.ts'
import type { JobDeps } from '../deps.ts'
import type { FlushResult } from '../flush/payload.ts'
import type { PendingWriter } from '../flush/write-pending.ts'

/** What every job works with, and what a pool of workers adds. */
export interface PoolDeps extends JobDeps {
  auditing: Auditing
  pendingWriter: PendingWriter
  /** Called with what each batch of pending events came to. */
  onFlushed(result: FlushResult): void
}
