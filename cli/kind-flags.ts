import { type Command, Option } from 'commander'
import { partition } from 'es-toolkit'
import { HearthError } from '../model/errors.ts'
import type { Item, Kind } from '../model/kind.ts'
import type { Kinds } from '../model/kinds.ts'
import { type EntityRef, entityTypes, type Target } from '../model/world-data.ts'
import { UsageError } from './failure.ts'
import type { Flags } from './with-hearth.ts'

export interface NamedEntry {
  kind: Kind
  item: Item
}

const placeholders = { world: '', entity: 'id', 'typed-entity': 'type:id' } as const

/** A kind's flag, as help and errors have it: `--timeline <id>`. */
export function kindFlag({ name, per }: Kind, { many }: { many: boolean }): string {
  const placeholder = placeholders[per]
  if (placeholder === '') return `--${name}`
  return `--${name} <${placeholder}${many ? '...' : ''}>`
}

/** Adds a flag for each kind, by which the command's entries are named. A flag that it has already stays as it is. */
export function addKindFlags(command: Command, kinds: Kinds): void {
  const own = command.options.map(({ long }) => long)
  for (const kind of kinds.all) {
    if (!own.includes(`--${kind.name}`)) command.option(kindFlag(kind, { many: true }), kind.about)
  }
}

/** @throws HearthError `InvalidConfig` for a kind whose flag the command has for something else */
export function refuseSharedFlags(kinds: Kinds, flags: readonly string[]): void {
  const shared = kinds.all.find(({ name }) => flags.includes(`--${name}`))
  if (!shared) return
  const rule = `must be another: hearth read and invalidate have --${shared.name} for something else`
  throw new HearthError('InvalidConfig', `kind ${JSON.stringify(shared.name)}: name ${rule}`)
}

/** The targets that flags name. Throws `UsageError`. */
export const targetsOf = (kinds: Kinds, flags: Flags): Target[] =>
  entriesOf(kinds, flags).map(({ kind, item }) => kinds.targetOf(kind, item))

/** The entries that flags name, in the order of the kinds. Throws `UsageError`. */
export function entriesOf(kinds: Kinds, flags: Flags): NamedEntry[] {
  return kinds.all.flatMap(kind => {
    const given = flags[new Option(`--${kind.name}`).attributeName()]
    if (given === undefined) return []
    if (kind.per === 'world') return [{ kind, item: null }]
    const ids = Array.isArray(given) ? given.map(String) : [String(given)]
    return ids.map(id => ({ kind, item: itemOf(kind, id) }))
  })
}

function itemOf({ name, per }: Kind, given: string): Item {
  const item = per === 'entity' ? given : entityRefOf(given)
  if (item !== undefined) return item
  throw new UsageError(
    `--${name} is ${JSON.stringify(given)}; expected <type>:<id>, the type one of ${entityTypes.join(', ')}`,
  )
}

/** The entity that `location:l1` names; undefined for other text. */
export function entityRefOf(text: string): EntityRef | undefined {
  const [, given, id] = /^(\w+):(.+)$/s.exec(text) ?? []
  const type = entityTypes.find(known => known === given)
  return type && id !== undefined ? { type, id } : undefined
}

/** All of them, for a message: first those that take an id, from the last kind that was declared. */
export function allKindFlags({ all }: Kinds): string[] {
  const [worlds, others] = partition([...all], ({ per }) => per === 'world')
  return [...others.reverse(), ...worlds].map(kind => kindFlag(kind, { many: false }))
}
