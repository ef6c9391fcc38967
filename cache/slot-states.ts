import { encodeId } from '../model/ids.ts'
import { type CacheStateTracker, createCacheState } from './cache-state.ts'
import type { Shard } from './shard.ts'
import type { Delivered } from './shards.ts'
import { slotOf } from './slots.ts'

/** Slots that are not trusted although their shard may be: of a change that it did not take, or because they have moved. */
export interface Part {
  slots: readonly number[]
  state: CacheStateTracker
}

/** Which shard holds each slot of a cluster, and the state by which reads trust it: the shard's, or that of a part. */
export interface SlotStates {
  homeOf(slot: number): Shard
  stateOf(slot: number): CacheStateTracker
  isIn(worldId: string, shard: Shard): boolean
  /** From now on this shard holds the slot. What is doubted of it alone stays doubted. */
  give(slot: number, shard: Shard): void
  /**
   * Gives slots a state of their own, until it is trusted.
   * @param since from when on their changes may be lacking, by `performance.now()`
   */
  split(slots: readonly number[], since: number): CacheStateTracker
  readonly parts: ReadonlySet<Part>
  /** Forgets parts whose slots are all in other ones by now. */
  forgetEmpty(): void
  stop(): void
}

interface SlotStatesDeps {
  delivered: Delivered
  /** Called when the state of a part has changed. */
  onState(): void
}

export function createSlotStates({ delivered, onState }: SlotStatesDeps): SlotStates {
  const homes: Shard[] = []
  /** What a read looks at. */
  const states: CacheStateTracker[] = []
  const parts = new Set<Part>()
  const homeOf = (slot: number) => homes[slot] as Shard

  function join(part: Part): void {
    parts.delete(part)
    for (const slot of part.slots) if (states[slot] === part.state) states[slot] = homeOf(slot).state
  }

  return {
    homeOf,
    stateOf: slot => states[slot] as CacheStateTracker,
    isIn: (worldId, shard) => homes[slotOfWorld(worldId)] === shard,
    give(slot, shard) {
      if (states[slot] === homes[slot]?.state) states[slot] = shard.state
      homes[slot] = shard
    },
    split(slots, since) {
      const state = createCacheState({
        breaker: { closed: true, answeredAt: since, onChange: () => {} }, // it joins a shard that has one
        delivered: span => delivered(span, worldId => states[slotOfWorld(worldId)] === state),
        onState(next) {
          if (next === 'trusted') join(part)
          onState()
        },
      })
      const part = { slots, state }
      parts.add(part)
      for (const slot of slots) states[slot] = state
      return state
    },
    parts,
    forgetEmpty() {
      for (const part of parts) {
        if (part.slots.some(slot => states[slot] === part.state)) continue
        part.state.stop()
        parts.delete(part)
      }
    },
    stop() {
      for (const { state } of parts) state.stop()
    },
  }
}

/** World ids stand in braces. */
const slotOfWorld = (worldId: string): number => slotOf(encodeId(worldId, 'worldId'))
