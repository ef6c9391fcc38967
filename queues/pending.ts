import { waitingOptions } from '../resilience/replicated-scripts.ts'
import { createAcceptance } from './pending-accept.ts'
import { createPendingDead } from './pending-dead.ts'
import { createFlushing } from './pending-flush.ts'
import { createPendingKeys } from './pending-keys.ts'
import { createPendingReads } from './pending-reads.ts'
import { createPendingTotals } from './pending-totals.ts'
import { openStore, type StorePlace } from './redis.ts'

export interface PendingOptions extends StorePlace {
  /** How many events of a world may be pending. Default 100,000. */
  max?: number
  /** How many replicas must have an event before it is accepted. Default: all that the primary has. */
  replicas?: number | undefined
}

export const defaultPendingMax = 100_000

/** A call waits this long; one that a lost connection has swallowed is sent once more, which repeats nothing. */
const patience = { maxRetriesPerRequest: 1, connectTimeout: 2_000, commandTimeout: 1_000 }

/**
 * The events that were accepted and are not yet in the source, in the queues' Redis, which is durable and never evicts.
 * Every method rejects with `QueueUnavailable` where it does not answer.
 */
export function createPending({ max = defaultPendingMax, replicas, ...place }: PendingOptions) {
  const { redis, prefix } = openStore(place, { ...patience, use: 'pending' })
  const { redis: waiting } = openStore(
    { ...place, connection: undefined },
    { ...patience, ...waitingOptions(patience), lazyConnect: true, use: 'accept' },
  )
  const deps = { redis, keys: createPendingKeys(prefix) }
  const flushing = createFlushing(deps)
  return {
    ...createAcceptance(deps, { max, replicas, waiting }),
    ...createPendingReads(deps),
    ...flushing,
    ...createPendingDead(deps),
    ...createPendingTotals(deps, flushing),
    /** Safe twice. */
    close() {
      redis.disconnect()
      waiting.disconnect()
    },
  }
}

export type Pending = ReturnType<typeof createPending>
