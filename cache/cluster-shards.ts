import { EventEmitter, once } from 'node:events'
import type { Cluster, Redis } from 'ioredis'
import { encodeId } from '../model/ids.ts'
import { type CacheState, type CacheStateTracker, createCacheState } from './cache-state.ts'
import { nameOf } from './primaries.ts'
import type { Shard, ShardDeps } from './shard.ts'
import type { Delivered, OnShards, Shards, SomeShard } from './shards.ts'
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

/** Slots that are not trusted although their shard may be: of a change that it did not take, or because they have moved. */
interface Part {
  slots: readonly number[]
  state: CacheStateTracker
}

/** Each asks the outbox by itself. What is in trouble in more slots than this at a time is the whole shard's trouble. */
const maxParts = 8
const worstFirst: readonly CacheState[] = ['away', 'catching-up', 'trusted']

/**
 * Trust by slots: those of a primary share its state, but for parts of it that are doubted alone. docs/architecture.md has
 * the argument.
 */
export function createClusterShards(deps: ClusterShardsDeps): ClusterShards {
  const { reads, open, connecting, delivered, onState } = deps
  const shards = new Map<string, Shard>()
  const parts = new Set<Part>()
  const closing = new EventEmitter().setMaxListeners(0)
  const homes: Shard[] = []
  /** What a read looks at. */
  const states: CacheStateTracker[] = []
  let shown = { state: 'trusted' as CacheState, names: '' }
  let isLearning = false
  let isKnown = false

  const homeOf = (slot: number) => homes[slot] as Shard
  const stateOf = (slot: number) => states[slot] as CacheStateTracker

  function shardNamed(name: string): Shard {
    const known = shards.get(name)
    if (known) return known
    const shard = open({
      name,
      isOwn: slot => homes[slot] === shard,
      // Of its parts too, which will share its state again.
      delivered: span => delivered(span, worldId => homes[slotOfWorld(worldId)] === shard),
      onState: report,
    })
    shard.breaker.onChange(closed => closed && closing.emit('closed'))
    shards.set(name, shard)
    return shard
  }

  /** @param since from when on their changes may be lacking, by `performance.now()` */
  function split(slots: readonly number[], since: number): CacheStateTracker {
    const state = createCacheState({
      breaker: { closed: true, answeredAt: since, onChange: () => {} }, // it comes back to a shard that has one
      delivered: span => delivered(span, worldId => states[slotOfWorld(worldId)] === state),
      onState(next) {
        if (next === 'trusted') join()
        report()
      },
    })
    const part = { slots, state }
    parts.add(part)
    for (const slot of slots) states[slot] = state
    function join(): void {
      parts.delete(part)
      for (const slot of slots) if (states[slot] === state) states[slot] = homeOf(slot).state
    }
    return state
  }

  /**
   * What a slot lacked with its old primary it lacks with the new one, and a promoted replica may lack more: until the
   * outbox is empty of it, it is doubted. By the answer of a node, not by what single commands are told: that is a mere
   * redirection.
   */
  function learn(): void {
    const moved: number[] = []
    let since = Number.POSITIVE_INFINITY
    isLearning = true
    for (let slot = 0; slot < slotCount; slot++) {
      const [name] = reads.slots[slot] ?? []
      const home = homeOf(slot)
      if (name === undefined || name === home.name) continue
      homes[slot] = appeared(name)
      if (home === base && base.state.isTrusted) {
        if (states[slot] === base.state) states[slot] = homeOf(slot).state
        continue
      }
      moved.push(slot)
      since = Math.min(since, stateOf(slot).since)
    }
    if (moved.length > 0) split(moved, since).doubt()
    forgetOthers()
    isLearning = false
    isKnown = true
    report()
  }

  /** It is not known who answers there, and whether it has as many replicas as it must. */
  function appeared(name: string): Shard {
    const isNew = !shards.has(name)
    const shard = shardNamed(name)
    if (isNew && isKnown) shard.isUnknown()
    return shard
  }

  function forgetOthers(): void {
    const held = new Set(homes)
    for (const [name, shard] of shards) {
      if (held.has(shard)) continue
      shard.stop()
      shards.delete(name)
    }
    for (const part of parts) {
      if (part.slots.some(slot => states[slot] === part.state)) continue
      part.state.stop()
      parts.delete(part)
    }
  }

  function doubtedNames(): string[] {
    const doubted = new Set<string>()
    for (const { name, state } of shards.values()) if (!state.isTrusted) doubted.add(name)
    for (const { slots, state } of parts)
      for (const slot of slots) if (states[slot] === state) doubted.add(homeOf(slot).name)
    return [...doubted].sort()
  }

  function current(): CacheState {
    const all = new Set([...shards.values(), ...parts].map(({ state }) => state.current))
    return worstFirst.find(state => all.has(state)) ?? 'trusted'
  }

  function report(): void {
    if (isLearning) return
    const names = doubtedNames()
    const now = { state: current(), names: names.join() }
    if (now.state === shown.state && now.names === shown.names) return
    shown = now
    onState(now.state, doubtedOf(names))
  }

  const doubtedOf = (names: readonly string[]) => (names.length > 0 ? { names, of: shards.size } : undefined)

  const base = shardNamed('')
  for (let slot = 0; slot < slotCount; slot++) {
    homes.push(base)
    states.push(base.state)
  }
  const lost = (node: Redis) => {
    const shard = shards.get(nameOf(node))
    if (!shard || connecting()) return
    shard.isUnknown()
    shard.breaker.suspect()
  }
  reads.on('refresh', learn)
  reads.on('-node', lost)
  if (reads.slots.length > 0) learn()

  const some: SomeShard = {
    get closed() {
      return [...shards.values()].some(({ breaker }) => breaker.closed)
    },
    get reason() {
      return [...shards.values()].find(({ breaker }) => !breaker.closed)?.breaker.reason
    },
    async untilClosed(signal) {
      if (!some.closed) await once(closing, 'closed', { signal }).catch(() => {}) // aborted
    },
  }

  return {
    trusts: key => stateOf(slotOf(key)).isTrusted,
    breakerOf: key => homeOf(slotOf(key)).breaker,
    doubt(key, late) {
      const slot = slotOf(key)
      const state = stateOf(slot)
      const home = homeOf(slot)
      const isAlone = state !== home.state
      if (isAlone || !home.breaker.closed || parts.size >= maxParts) return state.doubt(late)
      split([slot], state.since).doubt(late)
    },
    recorded: key => stateOf(slotOf(key)).recorded(),
    get isTrusted() {
      return current() === 'trusted'
    },
    get current() {
      return current()
    },
    get doubted() {
      return doubtedOf(doubtedNames())
    },
    some,
    get all() {
      return [...shards.values()]
    },
    stop() {
      reads.off('refresh', learn)
      reads.off('-node', lost)
      for (const { state } of parts) state.stop()
      for (const shard of shards.values()) shard.stop()
    },
  }
}

/** World ids stand in braces. */
const slotOfWorld = (worldId: string): number => slotOf(encodeId(worldId, 'worldId'))
