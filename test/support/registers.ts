import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'

/** Values of a world that only grow, by what changes them. */
export const registers = ['changed', 'invalidate', 'appendEvents', 'setFlags', 'saveSnapshot'] as const
export type Register = (typeof registers)[number]

/** Of these characters, and of the timeline of `c1`. */
export const registerIds = ['c0', 'c1', 'c2']
const [changed, appended, invalidated] = registerIds as [string, string, string]

const character = (id: string) => ({ type: 'character', id }) as const
const number = (value: unknown) => Number((value as { n?: unknown } | null | undefined)?.n ?? 0)

/** Whether reads of the world rely on the cache. */
export const trusts = ({ cache }: OpenedHearth, worldId: string): boolean =>
  cache.cacheState.trusts(cache.keys.version(worldId))

/** What can be read in both: of Hearth, and of its source. */
export const readRegister: Record<Register, (hearth: OpenedHearth, worldId: string) => Promise<number>> = {
  changed: async (hearth, worldId) => number(await hearth.entity(worldId, character(changed))),
  invalidate: async (hearth, worldId) => number(await hearth.entity(worldId, character(invalidated))),
  appendEvents: async (hearth, worldId) => newest(await hearth.timeline(worldId, appended, { limit: 1 })),
  setFlags: async (hearth, worldId) => number(await hearth.flags(worldId)),
  saveSnapshot: async (hearth, worldId) => number((await hearth.snapshot(worldId))?.metadata),
}

export const readSource: Record<Register, (world: World, worldId: string) => Promise<number>> = {
  changed: async (world, worldId) => number((await world.entities(worldId, [character(changed)]))[0]),
  invalidate: async (world, worldId) => number((await world.entities(worldId, [character(invalidated)]))[0]),
  appendEvents: async (world, worldId) => newest((await world.timelines(worldId, [appended], 1))[0] ?? []),
  setFlags: async (world, worldId) => number(await world.flags(worldId)),
  saveSnapshot: async (world, worldId) => number((await world.snapshot(worldId))?.metadata),
}

const newest = (events: readonly { event_id: string }[]) => Number.parseInt(events[0]?.event_id ?? '0', 10)

export interface RegisterWrite {
  hearth: OpenedHearth
  world: World
  worldId: string
  n: number
}

/** Whether the write was acknowledged: no read that begins now may return less. */
export const writeRegister: Record<Register, (write: RegisterWrite) => Promise<boolean>> = {
  async changed({ hearth, world, worldId, n }) {
    await world.putEntities(worldId, [{ ...character(changed), name: changed, props: { n } }])
    const outcome = await hearth.changed(worldId, [{ kind: 'entity-updated', ...character(changed) }])
    return outcome === 'invalidated'
  },
  async invalidate({ hearth, world, worldId, n }) {
    await world.putEntities(worldId, [{ ...character(invalidated), name: invalidated, props: { n } }])
    const { outcome } = await hearth.invalidate(worldId, [{ kind: 'entity', ...character(invalidated) }])
    return outcome === 'invalidated'
  },
  async appendEvents({ hearth, worldId, n }) {
    const timestamp = new Date(n * 1_000).toISOString()
    const event = { event_id: `${n}-${worldId}`, timestamp, title: '', participants: [appended] }
    return (await hearth.appendEvents(worldId, [event])).outcome === 'visible'
  },
  // They do not say that they are deferred, but then their process does not trust its cache.
  async setFlags({ hearth, worldId, n }) {
    await hearth.setFlags(worldId, { n })
    return trusts(hearth, worldId)
  },
  async saveSnapshot({ hearth, worldId, n }) {
    await hearth.saveSnapshot(worldId, { metadata: { n } })
    return trusts(hearth, worldId)
  },
}
