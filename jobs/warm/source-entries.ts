import type { SourceEntry } from '../../cache/warmth.ts'
import type { Kinds } from '../../model/kinds.ts'
import type { Member, Target } from '../../model/world-data.ts'
import type { World } from '../../world/world.ts'
import { targetsOfMembers, targetsOfWorld, targetsWhere } from './targets.ts'

/** Entities that are asked for; a larger world is not counted. */
const maxMembers = 10_000
const pageSize = 1_000

/**
 * What a world has in its source, entry by entry, and whether a warming brings it in; null for a world of more than 10,000
 * entities, and none for one that does not exist. Throws `WorldUnavailable`.
 */
export async function sourceEntries(
  { world, kinds }: { world: Pick<World, 'members'>; kinds: Kinds },
  worldId: string,
  popular: readonly string[],
): Promise<SourceEntry[] | null> {
  const members: Member[] = []
  for (;;) {
    const last = members.at(-1)
    const after = last && { type: last.type, id: last.id }
    const page = await world.members(worldId, { limit: pageSize, ...(after && { after }) })
    members.push(...page)
    if (members.length > maxMembers) return null
    if (page.length < pageSize) break
  }
  const most = new Set(popular)
  const chosen = [...targetsOfWorld(kinds), ...targetsOfMembers(kinds, members, ({ id }) => most.has(id))]
  const ofWorld = kinds.all.filter(({ per }) => per === 'world').map(kind => kinds.targetOf(kind, null))
  const all = [...ofWorld, ...targetsWhere(kinds, members, ({ per }) => per !== 'world')]
  const isChosen = new Set(chosen.map(nameOf))
  return all.map(target => ({ target, chosen: isChosen.has(nameOf(target)) }))
}

const nameOf = (target: Target) => JSON.stringify(target)
