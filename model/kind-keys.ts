import { decodeId } from './ids.ts'
import { type Kind, typesOf, wrong } from './kind.ts'
import type { EntityType, Target } from './world-data.ts'

/** How the first part of a key of a world begins that is no entry. */
const reserved = ['ver', 'popularity', 'due', 'confirmed']

/** How the keys of a kind begin and end around their id; the whole key where there is none. */
interface KeyPattern {
  kind: Kind
  type: EntityType | undefined
  before: string
  after: string | null
}

const idHere = '\u0000'

/** One for each type of entity that the kind has. Throws `InvalidConfig` where its keys could not be read again. */
export function patternsOf(kind: Kind): KeyPattern[] {
  return typesOf(kind).map(type => {
    const item = kind.per === 'world' ? null : type === undefined ? idHere : { type, id: idHere }
    const [before = '', after, ...more] = kind.key(item).split(idHere)
    const hasId = after !== undefined
    if (more.length > 0 || hasId !== (kind.per !== 'world')) {
      throw wrong(kind.name, 'key', kind.per === 'world' ? 'has no id' : 'must hold the id once')
    }
    if (!/^[a-z0-9:_-]*$/.test(before + (after ?? '')) || (after ?? before).endsWith('lease')) {
      throw wrong(kind.name, 'key', 'must be of a-z 0-9 : _ - beside the id, and not end in lease')
    }
    if (hasId && (!before.endsWith(':') || !/^(:.*)?$/.test(after))) {
      throw wrong(kind.name, 'key', 'must have colons around the id')
    }
    return { kind, type, before, after: after ?? null }
  })
}

/** What follows `lw:world:<w>:`, as the target whose key it is. */
export function parsedBy({ kind, type, before, after }: KeyPattern, rest: string): Target | undefined {
  if (after === null) return rest === before ? { kind: kind.name } : undefined
  if (!rest.startsWith(before) || !rest.endsWith(after) || rest.length <= before.length + after.length) {
    return undefined
  }
  const given = rest.slice(before.length, rest.length - after.length)
  const decoded = decodeId(given)
  if (decoded === undefined) return undefined
  return type === undefined ? { kind: kind.name, id: decoded } : { kind: kind.name, type, id: decoded }
}

/** The parts of a key between its colons; null for the one that is the id, which has no colons. */
const partsOf = ({ before, after }: KeyPattern): (string | null)[] =>
  after === null
    ? before.split(':')
    : [...before.slice(0, -1).split(':'), null, ...(after === '' ? [] : after.slice(1).split(':'))]

/** Whether one text could be both. */
const meet = (a: readonly (string | null)[], b: readonly (string | null)[]): boolean =>
  a.length === b.length && a.every((part, i) => part === null || b[i] === null || part === b[i])

/** @throws HearthError `InvalidConfig` where an entry of one kind could have the key, or the lease, of another's */
export function checkKeys(patterns: readonly KeyPattern[]): void {
  const shown = ({ before, after }: KeyPattern) => (after === null ? before : `${before}<id>${after}`)
  for (const pattern of patterns) {
    const parts = partsOf(pattern)
    const { kind } = pattern
    const mayBe = (theirs: string) => wrong(kind.name, 'key', `${shown(pattern)} could be ${theirs}`)
    const other = patterns.find(each => each !== pattern && meet(partsOf(each), parts))
    if (other) throw mayBe(`the same as ${shown(other)} of the kind ${other.kind.name}`)
    const leased = patterns.find(each => meet([...partsOf(each), 'lease'], parts))
    if (leased) throw mayBe(`a lease of the kind ${leased.kind.name}: ${shown(leased)}:lease`)
    const [first] = parts
    if (reserved.some(word => word === first)) {
      throw wrong(kind.name, 'key', `begins with ${first}, which Hearth uses`)
    }
  }
}
