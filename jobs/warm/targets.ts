import type { Kind } from '../../model/kind.ts'
import { type Kinds, uniqueTargets } from '../../model/kinds.ts'
import type { Member, Target } from '../../model/world-data.ts'

type SomeKinds = Pick<Kinds, 'all' | 'targetOf'>

/** All kinds, or those of these names. Throws `UnknownKind`. */
export const kindsNamed = (kinds: Kinds, names: readonly string[] | undefined): SomeKinds =>
  names ? { ...kinds, all: names.map(kinds.named) } : kinds

/** What of a world is warm with the world itself. */
export const targetsOfWorld = (kinds: SomeKinds): Target[] =>
  kinds.all.filter(({ warm }) => warm === 'world').map(kind => kinds.targetOf(kind, null))

/** What of some members is to be warm, by their kinds' `warm`. `isPopular`: one is among those that are read most. */
export const targetsOfMembers = (
  kinds: SomeKinds,
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
  kinds: SomeKinds,
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
