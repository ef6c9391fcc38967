import { HearthError } from '../../index.ts'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'
import type { Judge } from './judge.ts'
import type { Registers } from './setup.ts'

interface ReadsDeps {
  hearth: OpenedHearth
  registers: Registers
  judge: Judge
}

/** The first ones far more often, as players read, so that few readers wait for loads. */
const pick = <T>(items: readonly T[]) => items[Math.floor(Math.random() ** 3 * items.length)] as T
const ref = (id: string) => ({ type: 'character', id }) as const

/** Random reads of registers. Each asks the judge what it may return before it begins. */
export function registerReads({ hearth, registers, judge }: ReadsDeps) {
  const { worldId, entityIds, stateWorlds, timelineIds } = registers
  const ownTimelines = timelineIds.slice(1)
  const number = (value: unknown) => Number((value as { n?: unknown } | null | undefined)?.n ?? 0)

  async function entity() {
    const id = pick(entityIds)
    const check = judge.expect(`entity ${id}`)
    check(number(await hearth.entity(worldId, ref(id), { exactNumbers: Math.random() < 0.1 })))
  }

  async function entities() {
    const ids = [pick(entityIds), pick(entityIds), pick(entityIds)]
    const checks = ids.map(id => judge.expect(`entity ${id}`))
    const found = await hearth.entities(worldId, ids.map(ref))
    checks.forEach((check, i) => {
      check(number(found[i]))
    })
  }

  async function flags(id = pick(stateWorlds)) {
    const check = judge.expect(`flags ${id}`)
    check(number(await hearth.flags(id)))
  }

  async function snapshot(id = pick(stateWorlds)) {
    const check = judge.expect(`snapshot ${id}`)
    check(number((await hearth.snapshot(id))?.metadata))
  }

  async function timeline() {
    const id = pick(ownTimelines)
    const check = judge.expect(`timeline ${id}`)
    const [newest] = await hearth.timeline(worldId, id, { limit: 1 })
    check(Number(newest?.event_id.split('-')[1] ?? 0))
  }

  /** Flags and snapshot of one version. */
  async function consistent() {
    const id = pick(stateWorlds)
    try {
      await hearth.consistent(id, () => Promise.all([flags(id), snapshot(id)]))
    } catch (error) {
      if (!(error instanceof HearthError && error.code === 'VersionMoved')) throw error
    }
  }

  async function all() {
    const states = stateWorlds.map(id => Promise.all([hearth.flags(id), hearth.snapshot(id)]))
    await Promise.all([
      hearth.entities(worldId, entityIds.map(ref)),
      hearth.timelines(worldId, ownTimelines),
      ...states,
    ])
  }

  return { all, entity, entities, flags, snapshot, timeline, consistent }
}
