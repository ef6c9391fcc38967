import { EventEmitter, once } from 'node:events'
import type { Cluster, Redis } from 'ioredis'
import { nameOf } from './primaries.ts'
import type { Shard, ShardDeps } from './shard.ts'
import { createShardSummary } from './shard-summary.ts'
import type { Delivered, OnShards, Shards, SomeShard } from './shards.ts'
import { createSlotStates, type SlotStates } from './slot-states.ts'
import { slotCount, slotOf } from './slots.ts'

export interface ClusterShards extends Shards {
  /** Open where every shard is. */
  readonly some: SomeShard
  readonly all: readonly Shard[]
  stop(): void
}

interface ClusterShardsDeps {
  /** The connection of reads, whose map of slots is followed. */
  reads: Cluster
  /** A shard that is called by its primary's address; '' is the cluster before its primaries are known. */
  open(deps: Pick<ShardDeps, 'name' | 'delivered' | 'onState'> & { isOwn(slot: number): boolean }): Shard
  /** Whether the first connection is still being made. */
  connecting(): boolean
  delivered: Delivered
  onState: OnShards
}

/** Each asks the outbox by itself. What is in trouble in more slots than this at a time is the whole shard's trouble. */
const maxParts = 8

/**
 * Trust by slots: those of a primary share its state, but for parts of it that are doubted alone. docs/architecture.md has
 * the argument.
 */
export function createClusterShards(deps: ClusterShardsDeps): ClusterShards {
  const { reads, open, connecting, delivered, onState } = deps
  const shards = new Map<string, Shard>()
  const slots = createSlotStates({ delivered, onState: report })
  const summary = createShardSummary({ shards, slots, onState })
  const some = createSomeShard(shards)
  let isLearning = false

  function report(): void {
    if (!isLearning) summary.report()
  }

  function openShard(name: string): Shard {
    const shard = open({
      name,
      isOwn: slot => slots.homeOf(slot) === shard,
      // Of its parts too, which will share its state again.
      delivered: span => delivered(span, worldId => slots.isIn(worldId, shard)),
      onState: report,
    })
    some.watch(shard)
    shards.set(name, shard)
    return shard
  }

  const base = openShard('')
  for (let slot = 0; slot < slotCount; slot++) slots.give(slot, base)
  const learnSlots = createLearning({ reads, shards, slots, base, openShard })

  function learn(): void {
    isLearning = true
    learnSlots()
    isLearning = false
    report()
  }

  function lost(node: Redis): void {
    const shard = shards.get(nameOf(node))
    if (!shard || connecting()) return
    shard.isUnknown()
    shard.breaker.suspect()
  }

  reads.on('refresh', learn)
  reads.on('-node', lost)
  if (reads.slots.length > 0) learn()

  return {
    trusts: key => slots.stateOf(slotOf(key)).isTrusted,
    breakerOf: key => slots.homeOf(slotOf(key)).breaker,
    doubt(key, late) {
      const slot = slotOf(key)
      const state = slots.stateOf(slot)
      const home = slots.homeOf(slot)
      const isPart = state !== home.state
      if (isPart || !home.breaker.closed || slots.parts.size >= maxParts) return state.doubt(late)
      slots.split([slot], state.since).doubt(late)
    },
    recorded: key => slots.stateOf(slotOf(key)).recorded(),
    get isTrusted() {
      return summary.current() === 'trusted'
    },
    get current() {
      return summary.current()
    },
    get doubted() {
      return summary.doubted()
    },
    some,
    get all() {
      return [...shards.values()]
    },
    stop() {
      reads.off('refresh', learn)
      reads.off('-node', lost)
      slots.stop()
      for (const shard of shards.values()) shard.stop()
    },
  }
}

interface LearningDeps {
  reads: Pick<Cluster, 'slots'>
  shards: Map<string, Shard>
  slots: SlotStates
  /** What all slots are in before their primaries are known. */
  base: Shard
  openShard(name: string): Shard
}

/**
 * Follows the slots. What a slot lacked with its old primary it lacks with the new one, and a promoted replica may lack more:
 * until the outbox is empty of it, it is doubted. By a node's list of slots, not by answers to single commands, which are mere
 * redirections.
 */
function createLearning({ reads, shards, slots, base, openShard }: LearningDeps): () => void {
  let isKnown = false

  /** It is not known who answers at a new address, and whether it has as many replicas as it must. */
  function appeared(name: string): Shard {
    const shard = openShard(name)
    if (isKnown) shard.isUnknown()
    return shard
  }

  function forgetOthers(): void {
    const held = new Set<Shard>()
    for (let slot = 0; slot < slotCount; slot++) held.add(slots.homeOf(slot))
    for (const [name, shard] of shards) {
      if (held.has(shard)) continue
      shard.stop()
      shards.delete(name)
    }
    slots.forgetEmpty()
  }

  return () => {
    const moved: number[] = []
    let since = Number.POSITIVE_INFINITY
    for (let slot = 0; slot < slotCount; slot++) {
      const [name] = reads.slots[slot] ?? []
      const home = slots.homeOf(slot)
      if (name === undefined || name === home.name) continue
      const isFirst = home === base && base.state.isTrusted
      if (!isFirst) {
        moved.push(slot)
        since = Math.min(since, slots.stateOf(slot).since)
      }
      slots.give(slot, shards.get(name) ?? appeared(name))
    }
    if (moved.length > 0) slots.split(moved, since).doubt()
    forgetOthers()
    isKnown = true
  }
}

function createSomeShard(shards: ReadonlyMap<string, Shard>): SomeShard & { watch(shard: Shard): void } {
  const closing = new EventEmitter().setMaxListeners(0)
  const breakers = () => Array.from(shards.values(), ({ breaker }) => breaker)
  const isClosed = () => breakers().some(({ closed }) => closed)
  return {
    watch: ({ breaker }) => breaker.onChange(closed => closed && closing.emit('closed')),
    get closed() {
      return isClosed()
    },
    get reason() {
      return breakers().find(({ closed }) => !closed)?.reason
    },
    async untilClosed(signal) {
      if (!isClosed()) await once(closing, 'closed', { signal }).catch(() => {}) // aborted
    },
  }
}
