import type { CacheState } from './cache-state.ts'
import type { Shard } from './shard.ts'
import type { DoubtedShards, OnShards } from './shards.ts'
import type { SlotStates } from './slot-states.ts'

const worstFirst: readonly CacheState[] = ['away', 'catching-up', 'trusted']

/** What is shown of a cluster's shards. A part of a shard that is doubted counts as the shard. */
export interface ShardSummary {
  /** The worst state of any. */
  current(): CacheState
  doubted(): DoubtedShards | undefined
  /** Calls the listener where one of the two has changed since its last call. */
  report(): void
}

interface ShardSummaryDeps {
  shards: ReadonlyMap<string, Shard>
  slots: Pick<SlotStates, 'parts' | 'homeOf' | 'stateOf'>
  onState: OnShards
}

export function createShardSummary({ shards, slots, onState }: ShardSummaryDeps): ShardSummary {
  let told = 'trusted'

  function current(): CacheState {
    const all = new Set([...shards.values(), ...slots.parts].map(({ state }) => state.current))
    return worstFirst.find(state => all.has(state)) ?? 'trusted'
  }

  function doubted(): DoubtedShards | undefined {
    const names = new Set<string>()
    for (const { name, state } of shards.values()) if (!state.isTrusted) names.add(name)
    for (const part of slots.parts)
      for (const slot of part.slots)
        if (slots.stateOf(slot) === part.state) names.add(slots.homeOf(slot).name)
    return names.size > 0 ? { names: [...names].sort(), of: shards.size } : undefined
  }

  return {
    current,
    doubted,
    report() {
      const [state, found] = [current(), doubted()]
      const now = [state, ...(found?.names ?? [])].join()
      if (now === told) return
      told = now
      onState(state, found)
    },
  }
}
