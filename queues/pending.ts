import { type AcceptPending, createAcceptance } from './pending-accept.ts'
import { createFlushing, type FlushPending } from './pending-flush.ts'
import { createPendingKeys, type Identified, type PendingDeps } from './pending-keys.ts'
import { createPendingReads, type ReadPending } from './pending-reads.ts'
import { createPendingTotals, type TotalPending } from './pending-totals.ts'
import { openStore, type StorePlace } from './redis.ts'

/**
 * The events that were accepted and are not yet in the source, in the queues' Redis, which is durable and never evicts.
 * Every method rejects with `QueueUnavailable` where it does not answer.
 */
export interface Pending<Event extends Identified>
  extends AcceptPending<Event>,
    ReadPending<Event>,
    FlushPending<Event>,
    TotalPending {
  /** Safe twice. */
  close(): void
}

export interface PendingOptions<Event> extends StorePlace, Pick<PendingDeps<Event>, 'encodeId' | 'standsOn'> {
  /** How many events of a world may be pending. Default 100,000. */
  max?: number
}

export const defaultPendingMax = 100_000

/** A call waits this long; one that a lost connection has swallowed is sent once more, which repeats nothing. */
const patience = { maxRetriesPerRequest: 1, connectTimeout: 2_000, commandTimeout: 1_000 }

export function createPending<Event extends Identified>({
  encodeId,
  standsOn,
  max = defaultPendingMax,
  ...place
}: PendingOptions<Event>): Pending<Event> {
  const { redis, prefix } = openStore(place, patience)
  const deps = { redis, keys: createPendingKeys(prefix, encodeId), encodeId, standsOn }
  const flushing = createFlushing(deps)
  return {
    ...createAcceptance(deps, max),
    ...createPendingReads(deps),
    ...flushing,
    ...createPendingTotals(deps, flushing),
    close: () => redis.disconnect(),
  }
}
