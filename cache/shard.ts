import { type Breaker, createBreaker } from '../resilience/breaker.ts'
import { type CacheState, type CacheStateTracker, createCacheState, type Recorded } from './cache-state.ts'
import type { ProbePace } from './probe-pace.ts'

/** A primary of the cache, with all that it holds: the only one, or one of a cluster's. */
export interface Shard {
  /** Its address in a cluster. */
  readonly name: string
  /** Whether it is asked. */
  readonly breaker: Breaker
  /** Whether reads trust what it answers. */
  readonly state: CacheStateTracker
  /** Between connections any server may be the next: it is trusted again when the next probe knows it. */
  isUnknown(): void
  stop(): void
}

export interface ShardDeps {
  name: string
  /** Asks the primary who it is; undefined where it cannot be asked yet, which is not held against it. */
  probe(): Promise<'same' | 'other' | undefined>
  /** When to probe while it answers. Default: always. */
  pace?: ProbePace | undefined
  /** How long the probe may take. Milliseconds. */
  limitMs: number
  /** How often there is a chance to probe while it answers; 0: only when something is suspected. Milliseconds. */
  everyMs: number
  /** Whether none of what was recorded in this span still waits. */
  delivered(span: Recorded): Promise<boolean>
  onState(state: CacheState): void
}

/** Reads rely on what another server holds only when recorded changes have been delivered. */
export function createShard({ name, probe, pace, limitMs, everyMs, delivered, onState }: ShardDeps): Shard {
  let settle: ((which: 'same' | 'other') => void) | undefined
  const breaker = createBreaker({
    probe: () => probe().then(isKnown).finally(pace?.probed),
    limitMs,
    everyMs,
    ...(pace && { isDue: pace.isDue }),
  })
  const state = createCacheState({ breaker, delivered, onState })

  function isKnown(which: 'same' | 'other' | undefined): void {
    if (which === undefined) return
    if (settle) settle(which)
    else if (which === 'other') state.doubt()
    settle = undefined
  }

  return {
    name,
    breaker,
    state,
    isUnknown() {
      if (settle) return
      const same = new Promise<void>((resolve, reject) => {
        settle = which => (which === 'same' ? resolve() : reject(new Error('another server answers')))
      })
      state.suspend(same)
    },
    stop() {
      state.stop()
      breaker.stop()
    },
  }
}
