import type { QueueDefinition } from '../queues/define.ts'
import { auditQueue } from './audit/queue.ts'
import { flushQueue } from './flush/queue.ts'
import { invalidateQueue } from './invalidate/queue.ts'
import type { PoolDeps } from './pool/deps.ts'
import { refreshQueue } from './refresh/queue.ts'
import { warmQueue } from './warm/queue.ts'

/** Every queue: workers, producers, Bull Board and metrics take this list. */
export const queues: readonly QueueDefinition<PoolDeps>[] = [
  warmQueue,
  invalidateQueue,
  refreshQueue,
  flushQueue,
  auditQueue,
]
