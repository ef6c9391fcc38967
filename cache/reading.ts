import { parseJsonText } from '../model/json.ts'
import type { EarlyExpiry } from './early-expiry.ts'
import { createGetter } from './getter.ts'
import type { Entry } from './keys.ts'
import { createMissStreaks } from './miss-streaks.ts'
import { createNearCounts } from './near/near-counts.ts'
import { createNearGetter } from './near/near-getter.ts'
import { createNearReads, type NearReads } from './near/near-reads.ts'
import type { Form } from './near/near-store.ts'
import type { ProcessMemory } from './process-memory.ts'
import { createRead, type Read, type ReadDeps } from './read.ts'
import type { ReadCounts } from './read-counts.ts'
import { createSharedLoads } from './shared-loads.ts'
import type { TimedGet } from './timed-get.ts'
import type { Parse } from './values.ts'

/** The ways to read. */
export interface Reading {
  readonly read: Read
  /** Of values whose numbers keep their digits, for callers that write them out again; see `ExactNumber`. */
  readonly exactRead: Read
  /** Undefined where the near cache was turned off. */
  readonly nearReads: NearReads | undefined
  /** Adds up what near reads have counted so far. */
  flushCounts(): void
}

interface ReadingDeps
  extends Omit<
    ReadDeps,
    'getter' | 'parse' | 'localCache' | 'sharedLoads' | 'isOver' | 'misses' | 'onAlive'
  > {
  timedGet: TimedGet
  memory: ProcessMemory
  readCounts: Pick<ReadCounts, 'add'>
  earlyExpiry: EarlyExpiry
}

export function createReading({ timedGet, memory, readCounts, ...deps }: ReadingDeps): Reading {
  const { localCache, knownTtls, near } = memory
  const misses = createMissStreaks()
  const shared = {
    ...deps,
    localCache,
    sharedLoads: createSharedLoads(),
    isOver: (key: string) => (knownTtls.ttlMs(key) ?? 0) < 0,
    misses,
    onAlive(entry: Entry) {
      knownTtls.forget(entry.key)
      misses.hit(entry)
    },
  }

  function readIn(form: Form, parse: Parse): Read {
    const untracked = createGetter(timedGet, parse)
    const getter = near
      ? createNearGetter({ ...near, form, parse, untracked, onTtl: knownTtls.stored })
      : untracked
    return createRead({ ...shared, parse, getter })
  }

  const { observer, earlyExpiry } = deps
  const counts = near && createNearCounts({ store: near.store, observer, readCounts, earlyExpiry })
  return {
    read: readIn('plain', JSON.parse),
    exactRead: readIn('exact', parseJsonText),
    nearReads: near && counts && createNearReads({ ...near, counts, observer }),
    flushCounts: () => counts?.flush(),
  }
}
