import type { CacheRedis } from '../../../cache/scripts.ts'
import type { EntityRef } from '../../../model/world-data.ts'
import type { Process } from './processes.ts'

/** What one thread of the model does next. */
export const deeds = [
  'read',
  'read-both',
  'read-bounded',
  'fill',
  'change',
  'write',
  'append',
  'change-elsewhere',
  'change-quarantined',
  'change-late',
  'change-in-outage',
  'change-expired',
  'idle',
  'kill',
  'flush',
] as const

export type Deed = (typeof deeds)[number]

export interface Step {
  deed: Deed
  id: string
}

/** How old the answer to a bounded read may be: in steps of the interleaver, whose clock counts them. */
export const maxStaleSteps = 4
/** Longer than any entry lives that has an end. */
const longestLifeMs = 10_000_000

type Play = Record<Deed, (id: string) => Promise<void>>

export function createPlay({ near, elsewhere, outside, ...model }: Process): Play {
  const { worldId, registers, interleaver, connections, clock, redis, wrong } = model
  const { gate, awaited } = interleaver
  const refOf = (id: string): EntityRef => ({ type: 'object', id })
  const entryOf = (id: string) => near.cache.keys.entry(near.kind, worldId, refOf(id))
  const commit = (id: string) => gate(async () => registers.raise(id))

  async function readOf(ids: readonly string[], maxStaleMs = 0): Promise<void> {
    const least = ids.map(id => registers.least(id, maxStaleMs))
    const [first] = ids as [string]
    const options = { maxStaleMs }
    const values = (ids.length === 1
      ? [await near.reads.entity(worldId, refOf(first), options)]
      : await near.reads.entities(worldId, ids.map(refOf), options)) as unknown as ({ is: number } | null)[]
    ids.forEach((id, i) => {
      const seen = values[i]?.is ?? -1
      if (seen < (least[i] as number))
        wrong.push(`read ${id} = ${seen}, and ${least[i]} was acknowledged before`)
    })
  }

  return {
    read: id => readOf([id]),
    'read-both': () => readOf(model.ids),
    'read-bounded': id => readOf([id], maxStaleSteps),

    async fill(id) {
      await elsewhere.fill({
        entries: [entryOf(id)],
        load: near.load,
        mode: 'renew',
        by: 'refresh',
        waitMs: 50,
      })
    },

    async change(id) {
      const value = await commit(id)
      await near.cache.leases.invalidate(worldId, [entryOf(id)])
      registers.own(id, value)
      registers.acknowledge(id, value)
    },

    async write(id) {
      const { text } = await near.cache.writeThrough(entryOf(id), async beforeCommit => {
        await beforeCommit()
        return { is: await commit(id) }
      })
      const { is } = JSON.parse(text) as { is: number }
      registers.own(id, is)
      registers.acknowledge(id, is)
    },

    async append(id) {
      const value = await commit(id)
      const apply = (is: { is: number } | null) => is && { is: Math.max(is.is, value) }
      near.cache.memory.drop([entryOf(id)])
      await near.cache.amend<{ is: number }>(worldId, [{ entry: entryOf(id), apply }], 10)
      registers.own(id, value)
      registers.acknowledge(id, value)
    },

    async 'change-elsewhere'(id) {
      const value = await commit(id)
      await elsewhere.leases.invalidate(worldId, [entryOf(id)])
      registers.acknowledge(id, value)
    },

    async 'change-quarantined'(id) {
      const value = await commit(id)
      await awaited(
        new Promise<void>(resolve => {
          near.cache.quarantine.add([entryOf(id)], resolve)
          registers.own(id, value)
        }),
      )
      registers.acknowledge(id, value)
    },

    async 'change-late'(id) {
      const value = await commit(id)
      const late = near.cache.leases.invalidate(worldId, [entryOf(id)])
      near.cache.cacheState.doubt(entryOf(id).key, late)
      registers.own(id, value)
      await late
      registers.acknowledge(id, value)
    },

    // The checked process knows that Redis was away, and trusts it again when all changes have been delivered.
    async 'change-in-outage'(id) {
      let deliver = () => {}
      const delivered = new Promise<void>(resolve => {
        deliver = resolve
      })
      near.cache.cacheState.doubt(entryOf(id).key, delivered)
      const value = await commit(id)
      registers.own(id, value)
      await elsewhere.leases.invalidate(worldId, [entryOf(id)])
      registers.acknowledge(id, value)
      deliver()
    },

    // Redis does not signal that an entry has expired before it removes it.
    'change-expired': id =>
      gate(async () => {
        const hasNoEnd = -1
        if ((await redis.pttl(entryOf(id).key)) === hasNoEnd) return
        clock.pass(longestLifeMs)
        await connections.unsignalled(async () => {
          const value = registers.raise(id)
          await outside.leases.invalidate(worldId, [entryOf(id)])
          registers.acknowledge(id, value)
        })
      }),

    idle: () => gate(async () => clock.pass(maxStaleSteps + 1)),

    async kill() {
      const armed = near.armedNext()
      if (await gate(() => killTracked(redis, connections.ended))) await awaited(armed)
    },

    flush: () =>
      gate(async () => {
        await redis.flushall()
        await connections.arrived()
      }),
  }
}

/** Whether there was one. */
async function killTracked(redis: CacheRedis, ended: () => Promise<void>): Promise<boolean> {
  const all = ((await redis.call('CLIENT', 'LIST')) as string).split('\n')
  const tracked = all.filter(line => / flags=\w*t/.test(line))
  for (const line of tracked) await redis.call('CLIENT', 'KILL', 'ID', /^id=(\d+)/.exec(line)?.[1] as string)
  if (tracked.length > 0) await ended()
  return tracked.length > 0
}
