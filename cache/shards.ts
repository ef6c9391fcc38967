import type { Breaker } from '../resilience/breaker.ts'
import type { CacheState, Recorded } from './cache-state.ts'
import type { Shard } from './shard.ts'

/** The shards of a cluster that are not trusted, by their primaries' addresses, and how many there are in all. */
export interface DoubtedShards {
  names: readonly string[]
  of: number
}

/** For people. */
export const shardsInWords = ({ names, of }: DoubtedShards): string =>
  `${names.length} of the cache's ${of} shards (${names.join(', ')})`

/**
 * Whether reads may rely on what Redis holds of a world, which depends on the shard that the world is in. A world is named by
 * any of its keys.
 */
export interface Shards {
  trusts(key: string): boolean
  /** Whether its shard is asked. */
  breakerOf(key: string): Breaker
  /**
   * A change of this process to the world did not reach Redis in time: it is not trusted before that is delivered, or
   * `late` resolves, the answer that was not waited for.
   */
  doubt(key: string, late?: Promise<unknown>): void
  /** What this process doubts the world for has been recorded by now: from here on it is waited for. */
  recorded(key: string): void
  /** Whether all are trusted. */
  readonly isTrusted: boolean
  /** The worst state of any. */
  readonly current: CacheState
  /** Undefined where there is one shard, or each is trusted. */
  readonly doubted: DoubtedShards | undefined
}

/** For work that is of no world, or of many. */
export type SomeShard = Pick<Breaker, 'closed' | 'reason' | 'untilClosed'>

/** Whether no change of a world that was recorded in this span still waits. Default: of any world. */
export type Delivered = (span: Recorded, isOurs?: (worldId: string) => boolean) => Promise<boolean>

/** Called when the worst state of the shards has changed, or which of them are not trusted. */
export type OnShards = (state: CacheState, doubted?: DoubtedShards) => void

/** What is no cluster holds every world. */
export function oneShard({ breaker, state }: Shard): Shards {
  return {
    trusts: () => state.isTrusted,
    breakerOf: () => breaker,
    doubt: (_key, late) => state.doubt(late),
    recorded: state.recorded,
    get isTrusted() {
      return state.isTrusted
    },
    get current() {
      return state.current
    },
    doubted: undefined,
  }
}
