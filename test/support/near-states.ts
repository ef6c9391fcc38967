import { EventEmitter, once } from 'node:events'
import type { NearState } from '../../cache/near/near-state.ts'
import type { CacheObserver } from '../../cache/observer.ts'

/** The states of a near cache, as its observer hears them. */
export function watchNear() {
  const changes = new EventEmitter()
  const heard: { state: NearState; reason: string | undefined }[] = []
  return {
    heard,
    observer: {
      nearIs(state, reason) {
        heard.push({ state, reason })
        changes.emit(state)
      },
    } satisfies Partial<CacheObserver>,
    /** Resolves when it is in this state, or comes to be. */
    async is(state: NearState): Promise<void> {
      if (heard.at(-1)?.state !== state) await once(changes, state)
    },
  }
}

/**
 * So many reads of an entry that is not in Redis, one after the other, bring it near: one loads it, one may meet the
 * invalidation of that fill, and the next one keeps what it reads.
 */
export const readsUntilNear = 3
