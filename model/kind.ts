import type { z } from 'zod'
import type { Change } from './changes.ts'
import { checkDefinition, shapeOf } from './check-kind.ts'
import { HearthError } from './errors.ts'
import type { LoadContext, Source } from './source.ts'
import { type EntityType, entityTypes, type Item, type Per } from './world-data.ts'

export type { Item, Per } from './world-data.ts'

/**
 * When a world's warming brings entries in: with the world itself, for its active entities, for all of them, for those
 * that are read most, or never.
 */
export type WarmWhen = 'world' | 'active-entities' | 'all-entities' | 'popular' | 'never'

/** Which entries of a kind a change makes stale; `true`: the world's only one. */
export type StaleOn<P extends Per> = {
  readonly [Name in Exclude<Change['kind'], 'stale'>]?: P extends 'world'
    ? true
    : (change: Extract<Change, { kind: Name }>) => readonly Item<P>[]
}

type LoadItems<Value, P extends Per = Per> = (
  source: Source,
  worldId: string,
  items: readonly Item<P>[],
  context: LoadContext,
) => Promise<(Value | null)[]>

/** One kind of value that is cached, as it is declared. Keys, payloads, routes, flags, metrics and jobs follow from it. */
export interface KindDefinition<Value, P extends Per> {
  /** Lower-case words joined by `-`; a metric's label, and part of routes and flags. */
  name: string
  per: P
  /** A JSON array, or a JSON object. */
  value: z.ZodType<Value>
  /** How long an entry lives, in milliseconds. `null`: for ever, which is for what is written through. */
  ttlMs: number | null
  /** What follows `lw:world:<w>:` in its key; the id is given as it stands in keys. Default: `<name>[:<type>][:<id>]`. */
  key?: (item: Item<P>) => string
  /**
   * Loads some entries of a world in one query, in the order of `items`; null for what does not exist. What it answers
   * passes the source's privacy and the schema.
   */
  load?: LoadItems<Value, P>
  /**
   * In place of `load`: Cypher that gets `$worldId`, `$ids` (`$refs`, maps of `type` and `id`, of a typed entity) and
   * `$topK`. A row for each entry: `id` (and `type`), unless the kind is the world's own, and `value`, a map, a list,
   * or JSON text. No row: it does not exist.
   */
  cypher?: string
  /** `load` answers only what comes from the source's own methods, and so has passed its privacy. Default false. */
  passed?: boolean
  /** Default `never`. */
  warm?: WarmWhen
  /** Whether its reads make an entity popular, and popular entities have it refreshed. Default false. */
  counted?: boolean
  /** Beside `{ kind: 'stale', of, ids }`, which always does. */
  staleOn?: StaleOn<P>
  /** A list of which a reader may ask for the first `limit`. Default false. */
  limited?: boolean
  /** What readers get of what does not exist. Default `null`. */
  missing?: Value
  /** What its entries hold, for help and documents: `the newest events of an entity`. Default: the name. */
  about?: string
  /** An entry in words, before its id. Default: the name, and the type. */
  noun?: (type?: EntityType) => string
  http?: Partial<HttpNames>
}

/** The words of a kind in the HTTP API. */
export interface HttpNames {
  /** `/worlds/{w}/<path>`. Default: the name. */
  path: string
  /** In the body of a batch: which entries. Default `ids`, or `refs` of typed entities. */
  ids: string
  /** In the answer to a batch. Default `values`. */
  many: string
  /** In the answer to a single read; null: the value itself is the answer. Default null. */
  one: string | null
  /** The field of a list's items that is a timestamp, which `at` answers as a number that sorts. Default null: none. */
  time: string | null
}

type Declared = 'name' | 'per' | 'value' | 'ttlMs' | 'warm' | 'counted' | 'limited' | 'about'

/** A declared kind, complete. */
export interface Kind<Value = unknown, P extends Per = Per>
  extends Readonly<Required<Pick<KindDefinition<Value, P>, Declared>>> {
  readonly shape: 'list' | 'map'
  readonly missing: Value | null
  readonly cypher: string | undefined
  readonly http: HttpNames
  noun(type?: EntityType): string
  key(item: Item): string
  load: LoadItems<Value>
  /** What a change makes stale. */
  staleBy(change: Change): readonly Item[]
}

/**
 * Declares a kind of cached value.
 * @throws HearthError `InvalidConfig`, naming the kind, the field and what would be right
 */
export function defineKind<Value, P extends Per>(definition: KindDefinition<Value, P>): Kind<Value, P> {
  checkDefinition(definition)
  const { name, per, value, ttlMs, cypher, staleOn = {}, http = {} } = definition
  const load = definition.load ? byFunction(definition) : byCypher(definition)
  const word = definition.noun ?? ((type?: EntityType) => (type === undefined ? name : `${name} ${type}`))
  return Object.freeze({
    name,
    per,
    value,
    shape: shapeOf(value) as Kind['shape'],
    ttlMs,
    warm: definition.warm ?? 'never',
    counted: definition.counted ?? false,
    limited: definition.limited ?? false,
    missing: definition.missing ?? null,
    cypher,
    about: definition.about ?? name,
    http: {
      path: http.path ?? name,
      ids: http.ids ?? (per === 'typed-entity' ? 'refs' : 'ids'),
      many: http.many ?? 'values',
      one: http.one ?? null,
      time: http.time ?? null,
    },
    noun: word,
    key: (definition.key ?? defaultKey(name)) as Kind['key'],
    load: load as Kind<Value>['load'],
    staleBy(change) {
      if (change.kind === 'stale') return change.of === name ? staleIds(change) : []
      const rule = (staleOn as StaleOn<'entity'>)[change.kind] as true | ((c: Change) => Item[]) | undefined
      if (rule === undefined) return []
      return rule === true ? [null] : rule(change)
    },
  } satisfies Kind<Value, P>)
}

const staleIds = ({ ids }: Extract<Change, { kind: 'stale' }>): readonly Item[] => ids ?? [null]

const defaultKey = (name: string) => (item: Item) =>
  item === null ? name : typeof item === 'string' ? `${name}:${item}` : `${name}:${item.type}:${item.id}`

function byCypher<Value, P extends Per>({ name, per, cypher = '', value }: KindDefinition<Value, P>) {
  return (source: Source, worldId: string, items: readonly Item<P>[], { topK }: LoadContext) =>
    source.query<Value>({ name, per, cypher, value, topK }, worldId, items)
}

/** What a kind's own function answers may be anything, so it passes what the source's own values have passed. */
function byFunction<Value, P extends Per>({ name, per, value, load, passed }: KindDefinition<Value, P>) {
  const loadItems = load as NonNullable<typeof load>
  if (passed) return loadItems
  return async (source: Source, worldId: string, items: readonly Item<P>[], context: LoadContext) => {
    const values = await loadItems(source, worldId, items, context)
    if (!Array.isArray(values) || values.length !== items.length) {
      const rule = `its load must answer ${items.length} values, one for each entry`
      const got = values?.length ?? typeof values
      throw new HearthError('ColumnMismatch', `the kind ${name}: ${rule}; got ${got}`)
    }
    return source.passing<Value>({ name, per, value }, worldId, { items, values })
  }
}

export const wrong = (kind: string, field: string, rule: string) =>
  new HearthError('InvalidConfig', `kind ${JSON.stringify(kind)}: ${field} ${rule}`)

/** Every type of entity that an entry of this kind can belong to; one `undefined` where it has no type. */
export const typesOf = ({ per }: Pick<Kind, 'per'>): readonly (EntityType | undefined)[] =>
  per === 'typed-entity' ? entityTypes : [undefined]
