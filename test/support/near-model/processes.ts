import { type Cache, createCache } from '../../../cache/cache.ts'
import { createNear, type Near, type NearDeps, type NearParts, nearParts } from '../../../cache/near/near.ts'
import { noObserver } from '../../../cache/observer.ts'
import type { CacheRedis } from '../../../cache/scripts.ts'
import { createReads, type Reads } from '../../../hearth/reads.ts'
import type { Kind } from '../../../model/kind.ts'
import type { EntityRef } from '../../../model/world-data.ts'
import type { Load, Loads } from '../../../world/loads.ts'
import { gated, type Interleaver } from '../interleave.ts'
import { kinds } from '../kinds.ts'
import type { HeldConnections } from './held-connections.ts'
import type { Registers } from './registers.ts'

/** How a near cache is made of its parts: `createNear`, or a broken one. */
export type MakeNear = (deps: NearDeps, parts: NearParts) => Near
export const shipped: MakeNear = createNear

/** A process whose reads are checked. */
export interface NearProcess {
  cache: Cache
  reads: Reads
  kind: Kind
  load: Load<{ is: number }>
  /** Resolves when the near cache is armed, or off, the next time. */
  armedNext(): Promise<void>
  /** How many reads it served. */
  hits(): number
  close(): void
}

export interface Process {
  near: NearProcess
  /** Another process. */
  elsewhere: Cache
  /** One that no interleaver holds. */
  outside: Cache
  redis: CacheRedis
  connections: HeldConnections
  registers: Registers
  interleaver: Interleaver
  clock: { pass(ms: number): void }
  worldId: string
  ids: readonly string[]
  /** What was read that must not have been. */
  wrong: string[]
}

const commands = ['get', 'mget', 'set', 'evalsha', 'eval']

type Setting = Pick<Process, 'redis' | 'connections' | 'registers' | 'interleaver'>

/** The same connection, whose commands wait their turns, and end when all that they cause has arrived. */
export const heldRedis = ({ redis, connections, interleaver }: Setting): CacheRedis =>
  gated(redis, commands, {
    gate: operation =>
      interleaver.gate(async () => {
        const answer = await operation()
        await connections.arrived()
        return answer
      }),
  })

export function createNearProcess(setting: Setting, makeNear: MakeNear, maxBytes: number): NearProcess {
  const { registers, interleaver, connections } = setting
  let near: Near | undefined
  let hits = 0
  let waiting: (() => void)[] = []
  const parts = { ...nearParts, openTracked: connections.openTracked }
  const cache = createCache({
    redis: heldRedis(setting),
    waitMs: 50,
    sleep: () => interleaver.turn(),
    delivered: async () => false,
    readCounts: false,
    outageCache: { lifeMs: 0 }, // else reads that bypass Redis may be that old
    near: { maxBytes },
    createNear: deps => (near = makeNear(deps, parts)),
    observer: {
      ...noObserver,
      nearHit: () => hits++,
      nearIs(state) {
        if (state === 'connecting') return
        for (const resolve of waiting.splice(0)) resolve()
      },
    },
  })
  const load: Load<{ is: number }> = entries =>
    interleaver.gate(async () => entries.map(({ item }) => ({ is: registers.now((item as EntityRef).id) })))
  const loads = { of: () => load } as unknown as Loads
  return {
    cache,
    reads: createReads({ cache, loads, topK: 10 }),
    kind: kinds.entity,
    load,
    armedNext: () => new Promise(resolve => waiting.push(resolve)),
    hits: () => hits,
    close() {
      waiting = []
      cache.quarantine.close()
      near?.close()
    },
  }
}
