import { isWellFormed } from './ids.ts'
import { defineField, type Json } from './json.ts'
import type { Entity, EntityType } from './world-data.ts'

/**
 * An entity's own fields say which it is. A property of one of their names stands beside them under another name, so
 * that it neither replaces such a field nor is lost: `own_type` for `type`.
 */
const ownName = (property: string): string => `own_${property}`

/** A node has its id, name and world under these names; `id` and `type` are free there. */
const isTaken = (type: EntityType, property: string): boolean =>
  property === 'name' || property === 'world_id' || property === `${type}_id`

const isRenamed = (type: EntityType, property: string): boolean =>
  property === 'id' || property === 'type' || isTaken(type, property)

/** Properties under the names by which a node holds them. */
export function storedNames(type: EntityType, props: Readonly<Record<string, Json>>): [string, Json][] {
  return Object.entries(props).map(([name, value]) => [isTaken(type, name) ? ownName(name) : name, value])
}

/**
 * Sets those of a node's properties that do not say which entity it is. Its own `id` and `type` get the first free of
 * the names `own_type`, `own_own_type`, and are left out where they say the same as the entity's.
 */
export function setProperties(
  entity: Entity,
  properties: Readonly<Record<string, unknown>>,
  toJson: ToJson,
): void {
  const { type } = entity
  for (const [name, value] of Object.entries(properties)) {
    if (isTaken(type, name)) continue
    const json = toJson(value, name)
    if (!isRenamed(type, name)) setProperty(entity, name, json)
    else if (String(json) !== entity[name]) setProperty(entity, freeName(name, properties), json)
  }
}

type ToJson = (value: unknown, name: string) => Json

function freeName(property: string, properties: Readonly<Record<string, unknown>>): string {
  let name = ownName(property)
  while (Object.hasOwn(properties, name)) name = ownName(name)
  return name
}

/** A property named `__proto__` stays a property. */
function setProperty(entity: Entity, name: string, value: Json): void {
  if (name !== '__proto__') entity[name] = value
  else defineField(entity, name, value)
}

/** What is wrong with the names of properties that are to be written: what the source refuses, and two under one name. */
export function namesProblem(type: EntityType, props: Readonly<Record<string, Json>>): string | undefined {
  for (const name of Object.keys(props)) {
    const place = `props[${JSON.stringify(name)}]`
    if (name === '' || name.includes('\0') || !isWellFormed(name)) {
      return `${place}: the name of a property must be non-empty text without U+0000 and halves of surrogate pairs`
    }
    if (isRenamed(type, name) && Object.hasOwn(props, ownName(name))) {
      return `${place}: is kept as ${ownName(name)}, which is a property too; one of them must be renamed`
    }
  }
  return undefined
}
