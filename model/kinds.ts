import { z } from 'zod'
import { builtInKinds } from './built-in-kinds.ts'
import type { Change } from './changes.ts'
import { HearthError } from './errors.ts'
import { decodeId, entityRef, id } from './ids.ts'
import { type Item, type Kind, typesOf, wrong } from './kind.ts'
import { boundedList } from './parse.ts'
import { type EntityType, entityTypes, type Target } from './world-data.ts'

/** A target as a payload has it: of a kind that this process may not know. */
export const target = z.object({
  kind: z.string().min(1).max(64),
  type: z.enum(entityTypes).optional(),
  id: id.optional(),
}) as unknown as z.ZodType<Target>

/** All that is cached of a world, by kind. */
export type Kinds = ReturnType<typeof createKinds>

/**
 * The built-in kinds and a game's own. One of a built-in's name takes its place.
 * @throws HearthError `InvalidConfig` where two kinds have a name or a key in common
 */
export function createKinds(own: readonly Kind[] = []) {
  const byName = new Map([...builtInKinds, ...own].map(kind => [kind.name, kind]))
  const all = [...byName.values()]
  const names = [...byName.keys()].join(', ')
  checkOwn(own)
  checkPaths(all)
  const patterns = all.flatMap(patternsOf)
  checkKeys(patterns)

  const named = (name: string): Kind => {
    const kind = byName.get(name)
    if (kind) return kind
    const there = `there is no kind ${JSON.stringify(name)} here; the kinds are ${names}`
    throw new HearthError('UnknownKind', there)
  }
  const staleProblemOf = (change: Change): StaleProblem | null => {
    if (change.kind !== 'stale') return null
    const kind = byName.get(change.of)
    return kind ? staleProblem(kind, change) : null
  }

  return {
    all: all as readonly Kind[],
    /** Those whose reads make an entity popular. */
    counted: all.filter(({ counted }) => counted) as readonly Kind[],
    /** Throws `UnknownKind`. */
    named,
    /** The entry that a target names. Throws `UnknownKind`, or `InvalidInput` where id or type are not the kind's. */
    resolve(target: Target): { kind: Kind; item: Item } {
      const kind = named(target.kind)
      return { kind, item: itemOf(kind, target) }
    },
    targetOf,
    /** What follows `lw:world:<w>:` in an entry's key, as the target whose key it is; undefined for any other text. */
    parseKey(rest: string): Target | undefined {
      for (const pattern of patterns) {
        const target = parsedBy(pattern, rest)
        if (target) return target
      }
      return undefined
    },
    /** What changes make stale, each target once. */
    staleTargets(changes: readonly Change[]): Target[] {
      const targets = changes.flatMap(change => {
        // Handed on as it is to a process that knows the kind.
        if (change.kind === 'stale' && !byName.has(change.of)) return unknownTargets(change)
        return all.flatMap(kind => kind.staleBy(change).map(item => targetOf(kind, item)))
      })
      return uniqueTargets(targets)
    },
    /** Throws `InvalidInput` where changes name kinds that are not declared, or ids that are not their kinds'. */
    checkChanges(changes: readonly Change[]): void {
      const fields = changes.flatMap((change, i) => {
        const isUnknown = change.kind === 'stale' && !byName.has(change.of)
        const problem = isUnknown
          ? { field: 'of', message: `must be a kind: ${names}; got ${JSON.stringify(change.of)}` }
          : staleProblemOf(change)
        return problem ? [{ path: `changes.${i}.${problem.field}`, message: problem.message }] : []
      })
      if (fields.length === 0) return
      const message = fields.map(field => `${field.path}: ${field.message}`).join('; ')
      throw new HearthError('InvalidInput', message, { fields })
    },
    /** What of a change does not fit the kind that it names; null where it does, or this process does not know the kind. */
    problemOf(change: Change): string | null {
      const problem = staleProblemOf(change)
      return problem && `${problem.field}: ${problem.message}`
    },
    /** A target in words, like `character c1`, `timeline c1`, `flags`. */
    nameOf(target: Target): string {
      const noun =
        byName.get(target.kind)?.noun(target.type) ?? [target.kind, target.type].filter(Boolean).join(' ')
      return target.id === undefined ? noun : `${noun} ${target.id}`
    },
    /** Of a target, as a payload or a request has it. */
    targetSchema: targetSchemaOf(all),
    /** Of some of the kinds, as an option or a request names them. */
    namesSchema: boundedList(z.enum([...byName.keys()], `must be a kind: ${names}`), {
      least: 1,
      most: all.length,
    }),
  }
}

const unknownTargets = ({ of, ids }: Extract<Change, { kind: 'stale' }>): Target[] =>
  (ids ?? [null]).map(item => targetOf({ name: of }, item))

export function uniqueTargets(targets: readonly Target[]): Target[] {
  if (targets.length < 2) return [...targets]
  return [...new Map(targets.map(target => [JSON.stringify(target), target])).values()]
}

/** Ids and types in one order of fields, so that equal targets have equal JSON. */
export function targetOf({ name }: Pick<Kind, 'name'>, item: Item): Target {
  if (item === null) return { kind: name }
  if (typeof item === 'string') return { kind: name, id: item }
  return { kind: name, type: item.type, id: item.id }
}

function itemOf({ name, per }: Kind, { type, id }: Target): Item {
  const misplaced = (rule: string) => new HearthError('InvalidInput', `a target of the kind ${name} ${rule}`)
  if (per === 'world') {
    if (id !== undefined || type !== undefined) throw misplaced("has neither id nor type: it is the world's")
    return null
  }
  if (id === undefined) throw misplaced('must have an id')
  if (per === 'entity') {
    if (type !== undefined) throw misplaced('has no type')
    return id
  }
  if (type === undefined) throw misplaced(`must have a type, one of ${entityTypes.join(', ')}`)
  return { type, id }
}

/** A kind takes a built-in one's place only where the rest of Hearth can read it as that. */
function checkOwn(own: readonly Kind[]): void {
  const names = own.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw wrong(twice, 'name', 'is declared twice')
  for (const kind of own) {
    const builtIn = builtInKinds.find(({ name }) => name === kind.name)
    if (!builtIn) continue
    const inItsPlace = 'in place of the built-in kind'
    if (kind.per !== builtIn.per) throw wrong(kind.name, 'per', `must be ${builtIn.per} ${inItsPlace}`)
    if (kind.shape !== builtIn.shape)
      throw wrong(kind.name, 'value', `must be a ${builtIn.shape} ${inItsPlace}`)
  }
}

function checkPaths(all: readonly Kind[]): void {
  for (const kind of all) {
    const other = all.find(({ http, name }) => name !== kind.name && http.path === kind.http.path)
    if (!other) continue
    throw wrong(
      kind.name,
      'http.path',
      `is ${kind.http.path}, as that of the kind ${other.name}: give it another`,
    )
  }
}

interface StaleProblem {
  field: string
  message: string
}

function staleProblem({ name, per }: Kind, { ids }: Extract<Change, { kind: 'stale' }>): StaleProblem | null {
  const problem = (message: string) => ({ field: 'ids', message })
  if (per === 'world')
    return ids === undefined ? null : problem(`must be left out: ${name} is kept per world`)
  const isRight = (item: unknown) => (typeof item === 'string') === (per === 'entity')
  if (ids?.every(isRight)) return null
  return problem(
    `must be ${per === 'entity' ? 'ids' : 'objects of type and id'}, since ${name} is kept per ${per}`,
  )
}

function targetSchemaOf(all: readonly Kind[]): z.ZodType<Target> {
  const options = all.map(({ name, per }) => {
    const kind = z.literal(name)
    if (per === 'world') return z.object({ kind })
    return per === 'entity' ? z.object({ kind, id }) : z.object({ kind, type: entityRef.shape.type, id })
  })
  const [first, ...others] = options
  return z.discriminatedUnion('kind', [
    first as (typeof options)[number],
    ...others,
  ]) as unknown as z.ZodType<Target>
}

/** How the first part of a key of a world begins that is no entry. */
const reserved = ['ver', 'commits', 'popularity', 'due', 'confirmed', 'index']

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
