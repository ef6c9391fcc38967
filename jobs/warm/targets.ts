import type { Kind } from '../../model/kind.ts'
import { type Kinds, uniqueTargets } from '../../model/kinds.ts'
import type { Member, Target } from '../../model/world-data.ts'

/** What of a world is warm with the world itself. */
export const targetsOfWorld = (kinds: Kinds): Target[] =>
  kinds.all.filter(({ warm }) => warm === 'world').map(kind => kinds.targetOf(kind, null))

/** What of some members is to be warm, by their kinds' `warm`. `isPopular`: one is among those that are read most. */
export const targetsOfMembers = (
  kinds: Kinds,
  members: readonly Member[],
  isPopular: (member: Member) => boolean,
): Target[] =>
  targetsWhere(kinds, members, ({ warm: when }, member) => {
    return (
      when === 'all-entities' ||
      (when === 'active-entities' && member.active) ||
      (when === 'popular' && isPopular(member))
    )
  })

/** What some members have of the kinds for which `isWanted`. */
export function targetsWhere(
  kinds: Kinds,
  members: readonly Member[],
  isWanted: (kind: Kind, member: Member) => boolean,
): Target[] {
  const itemOf = ({ per }: Kind, { type, id }: Member) => (per === 'entity' ? id : { type, id })
  const targets = kinds.all.flatMap(kind =>
    members
      .filter(member => isWanted(kind, member))
      .map(member => kinds.targetOf(kind, itemOf(kind, member))),
  )
  return uniqueTargets(targets) // entities of two types may share an id
}
