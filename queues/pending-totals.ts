import { chunk, sum, sumBy } from 'es-toolkit'
import { isId } from '../model/ids.ts'
import { createObservedAge, type ObservedAge, type Waiting } from '../resilience/observed-age.ts'
import { requireWritable } from '../resilience/redis-failover.ts'
import type { createFlushing, First } from './pending-flush.ts'
import type { PendingDeps } from './pending-keys.ts'
import { queueAnswered, queueScript } from './redis.ts'

export interface PendingTotals {
  pending: number
  dead: number
  /** Age of the oldest pending event, by this process's own clock; 0 where there is none. */
  oldestMs: number
}

const unseenScript = queueScript('unseen')

/** Few enough that no other command waits long. */
const worldsAtOnce = 100

/** Pending events, over all worlds. */
export function createPendingTotals(
  { redis, keys }: PendingDeps,
  { first }: Pick<ReturnType<typeof createFlushing>, 'first'>,
) {
  const ages = createPendingAges()
  // What another program put there and is no id has no events.
  const idsIn = async (key: string) => (await queueAnswered(redis.smembers(key), { redis })).filter(isId)
  const worlds = () => idsIn(keys.worlds)

  return {
    /** Worlds that have pending events. */
    worlds,

    /**
     * Whether a cache may hold a timeline, of a world of these, that lacks an event which was accepted so long ago, or longer.
     * Milliseconds.
     */
    async unseenSince(ageMs: number, isOurs: (worldId: string) => boolean = () => true): Promise<boolean> {
      await queueAnswered(() => requireWritable(redis, keys.probe), { redis })
      for (const worldId of (await worlds()).filter(isOurs)) {
        const { order, unseen } = keys.of(worldId)
        if ((await unseenScript(redis, [order, unseen], [Math.floor(ageMs)])) === 1) return true
      }
      return false
    },

    /** Of one world. `oldestMs` is by Redis' clock. */
    async ofWorld(worldId: string): Promise<PendingTotals> {
      const [{ pending, oldestMs }, dead] = await Promise.all([
        first(worldId, 1),
        queueAnswered(redis.hlen(keys.of(worldId).dead), { redis }),
      ])
      return { pending, dead, oldestMs: Math.max(0, oldestMs) }
    },

    async totals(): Promise<PendingTotals> {
      const [worldIds, deadWorldIds] = await Promise.all([worlds(), idsIn(keys.deadWorlds)])
      const firsts: First[] = []
      for (const batch of chunk(worldIds, worldsAtOnce)) {
        firsts.push(...(await Promise.all(batch.map(worldId => first(worldId, 1)))))
      }
      const oldestMs = ages.oldestOf(worldIds, firsts)
      const dead = await queueAnswered(Promise.all(deadWorldIds.map(id => redis.hlen(keys.of(id).dead))))
      return { pending: sumBy(firsts, ({ pending }) => pending), dead: sum(dead), oldestMs }
    },
  }
}

/** How long worlds' pending events have waited, from one look at all of them to the next. */
function createPendingAges() {
  let known = new Map<string, ObservedAge>()
  let lookedAt = Number.NEGATIVE_INFINITY

  return {
    /** The age of the oldest of all worlds: `firsts` has the first event of each. Milliseconds. */
    oldestOf(worldIds: readonly string[], firsts: readonly First[]): number {
      const before = known
      known = new Map()
      let oldestMs = 0
      worldIds.forEach((worldId, i) => {
        const waiting = waitingOf(firsts[i])
        if (waiting === null) return
        const age = before.get(worldId) ?? createObservedAge({ lookedAt })
        known.set(worldId, age)
        oldestMs = Math.max(oldestMs, age.look(waiting))
      })
      lookedAt = performance.now()
      return oldestMs
    },
  }
}

function waitingOf(first: First | undefined): Waiting | null {
  const [head] = first?.events ?? []
  if (!first || !head) return null
  const oldest = Number(head.acceptedAt) / 1_000
  return { oldest, newest: oldest + first.oldestMs - first.newestMs, ageMs: first.oldestMs }
}
