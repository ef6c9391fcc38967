import { expect, onTestFinished, vi } from 'vitest'
import type { CacheState } from '../../cache/cache-state.ts'
import { type OpenedHearth, openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { startDirectRelay } from './direct-relay.ts'
import { type Register, readRegister, registers, trusts, writeRegister } from './registers.ts'
import { redisUrl } from './servers.ts'
import { fresh, plantWorld } from './setup.ts'

/**
 * Two processes' worth of hearths on one cache, in front of one source, with a relay in the second one, which has no near cache.
 * Each value of a register is higher than the one before it.
 */
export async function openRegisters({
  worlds: worldCount,
  caches,
  cacheReplicas,
}: {
  worlds: number
  /** The address that each of them has. */
  caches: readonly [string, string]
  cacheReplicas: number
}) {
  const world = embeddedWorld()
  const worlds = Array.from({ length: worldCount }, () => fresh())
  for (const worldId of worlds) await plantWorld(world, worldId, { events: 0 })
  const queuePrefix = fresh('q')
  const states: CacheState[][] = [[], []]
  const hearths = [{}, { near: false as const }].map((own, i) => {
    const observer = { cacheIs: (state: CacheState) => void states[i]?.push(state) }
    const queue = redisUrl()
    const outageCache = { lifeMs: 0 }
    const cache = caches[i] as string
    const common = { cache, cacheReplicas, queue, queuePrefix, world, outageCache, observer }
    const hearth = openedHearth({ ...common, ...own })
    onTestFinished(() => hearth.close())
    return hearth
  })
  const [first, relaying] = hearths as [OpenedHearth, OpenedHearth]
  startDirectRelay({
    cache: relaying.cache,
    outbox: world.outbox,
    enqueue: relaying.ensureInvalidated,
  })

  let last = 0
  const written = new Map<string, number>()
  const acknowledged = new Map<string, number>()
  const stale: string[] = []
  const counts = { reads: 0, hits: 0, acknowledged: 0, deferred: 0 }

  /** Whether it was acknowledged: no read that begins now may return less. */
  async function write(register: Register, worldId: string, hearth = first): Promise<boolean> {
    const n = ++last
    const name = `${register} ${worldId}`
    const isAcknowledged = await writeRegister[register]({ hearth, world, worldId, n })
    written.set(name, n)
    if (isAcknowledged) acknowledged.set(name, n)
    counts[isAcknowledged ? 'acknowledged' : 'deferred'] += 1
    return isAcknowledged
  }

  async function check(register: Register, worldId: string, by: OpenedHearth, from = acknowledged) {
    const name = `${register} ${worldId}`
    const least = from.get(name) ?? 0
    const isTrusted = trusts(by, worldId)
    const found = await readRegister[register](by, worldId)
    counts.reads += 1
    if (isTrusted) counts.hits += 1
    if (found < least) stale.push(`${name}: read ${found} after ${least}, ${isTrusted ? '' : 'not '}trusted`)
  }

  const each = <T>(work: (register: Register, worldId: string) => Promise<T>) =>
    Promise.all(worlds.flatMap(worldId => registers.map(register => work(register, worldId))))
  const current = () => hearths.map(one => one.cache.cacheState.current)

  return {
    hearths,
    worlds,
    counts,
    stale,
    /** Writes each register by the first hearth. Answers how many were acknowledged. */
    async writeAll(): Promise<number> {
      const done = await each((register, worldId) => write(register, worldId))
      return done.filter(Boolean).length
    },
    readAll: () =>
      Promise.all(hearths.map(one => each((register, worldId) => check(register, worldId, one)))),
    /** Both are away, or have been since both were trusted. */
    untilAway: () =>
      vi.waitFor(() => expect(states.every(seen => seen.includes('away'))).toBe(true), {
        timeout: 60_000,
        interval: 20,
      }),
    /** Both are. */
    async untilTrusted(): Promise<void> {
      const areTrusted = () => expect(current()).toEqual(['trusted', 'trusted'])
      await vi.waitFor(areTrusted, { timeout: 60_000, interval: 20 })
      for (const seen of states) seen.length = 0
    },

    /** Each register is written by one of the hearths, again and again, and read by both. */
    startLoad(): { stop(): Promise<void> } {
      let running = true
      onTestFinished(() => {
        running = false
      })
      async function writeOn(register: Register, worldId: string, i: number): Promise<void> {
        while (running) {
          await write(register, worldId, hearths[i % 2])
          await new Promise(resolve => setTimeout(resolve, 10))
        }
      }
      async function readOn(by: OpenedHearth): Promise<void> {
        while (running) await each((register, worldId) => check(register, worldId, by))
      }
      const work = [
        ...worlds.flatMap((worldId, i) => registers.map((register, j) => writeOn(register, worldId, i + j))),
        ...hearths.map(readOn),
      ]
      return {
        async stop() {
          running = false
          await Promise.all(work)
        },
      }
    },

    /** With nothing in the outbox, both read what was last written, acknowledged or not. Call it once they are trusted. */
    async expectWritten(): Promise<void> {
      await vi.waitFor(async () => expect(await world.outbox.pending(1)).toEqual([]), { timeout: 60_000 })
      for (const one of hearths) await each((register, worldId) => check(register, worldId, one, written))
      expect(stale).toEqual([])
    },
  }
}
