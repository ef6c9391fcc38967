import { z } from 'zod'
import { HearthError } from '../model/errors.ts'
import type { Kind } from '../model/kind.ts'
import { createKinds } from '../model/kinds.ts'
import * as o from '../model/options.ts'
import { createPrivacy, type PrivacyOptions } from '../model/privacy.ts'
import type { TtlOptions } from '../model/ttl-policy.ts'

/**
 * What decides about cached values, the same for every process of a fleet: the `hearth` command reads it from
 * `hearth.config.ts`, and a backend gives it to `createHearth` and `neo4jWorld` as `config`. Addresses and secrets stay in
 * the environment.
 */
export interface HearthConfig {
  /** A game's own kinds, beside the built-in ones. */
  kinds?: readonly Kind[]
  world?: WorldConfig
  /** How many of an entity's newest events are kept warm. Default 50. */
  topK?: number
  /** How long entries live. */
  lives?: TtlOptions
}

/** How a world is read and written. */
export interface WorldConfig {
  /**
   * How entities and events are written: with the properties that the indexes need, or as the game itself writes
   * them. Reads need no such setting: each timeline is read as what it is. Default `indexed`.
   */
  graph?: 'indexed' | 'plain'
  /** Cypher of your own in place of a read's, for a graph of another shape; see `OwnCypher`. */
  cypher?: { readonly [read in CypherRead]?: string }
  privacy?: PrivacyOptions
}

/** The reads for which a game may have Cypher of its own. */
export const cypherReads = [
  'flags',
  'snapshot',
  'characters',
  'locations',
  'objects',
  'timelines',
  'members',
] as const
export type CypherRead = (typeof cypherReads)[number]

/** Checks a configuration, and gives it a type. Throws as `checkConfig` does. */
export const defineConfig = (config: HearthConfig): HearthConfig => checkConfig(config)

const kind = z.custom<Kind>(
  given => o.isObject(given) && 'staleBy' in given && 'load' in given,
  'must come from defineKind',
)

/** How a world is read and written, also as options of `neo4jWorld`. */
export const worldFields = {
  graph: o.oneOf('indexed', 'plain'),
  cypher: o.group(Object.fromEntries(cypherReads.map(read => [read, o.text().optional()]))),
}

/** What may be the address of a Neo4j: user and password are settings of their own. */
export function isNeo4jUrl(given: unknown): boolean {
  if (!o.isUrl(given, /^(neo4j|bolt)(\+s|\+ssc)?:$/)) return false
  const { hostname, username, password } = new URL(given)
  return hostname !== '' && username === '' && password === ''
}

/** How long entries live, also as an option of the library. */
export const lives = o.group({
  kindsMs: z.record(z.string(), o.whole(o.ranges.lifeMs).unwrap(), 'an object of numbers').optional(),
  nullMs: o.whole(o.ranges.lifeMs),
  nullMax: o.whole(o.ranges.nullMax),
  jitter: o.share(o.ranges.jitter),
})
const fields = {
  kinds: z.array(kind, 'a list of kinds').optional(),
  world: o.group({ ...worldFields, privacy: o.option('an object', o.isObject) }),
  topK: o.whole(o.ranges.topK),
  lives,
}
const shape = z.strictObject(fields, 'an object, as defineConfig returns it')

/** @throws HearthError `InvalidConfig`, with every wrong field and what would be right; values are never quoted */
export function checkConfig(given: unknown): HearthConfig {
  const { error } = shape.safeParse(given)
  if (error) throw invalid(error.issues.flatMap(problemsOf))
  const config = given as HearthConfig
  const known = createKinds(config.kinds).all.map(({ name }) => name)
  const strangers = Object.keys(config.lives?.kindsMs ?? {}).filter(name => !known.includes(name))
  const wrong = strangers.map(name => {
    const help = guess(name, known) || `; they are ${known.join(', ')}`
    return `lives.kindsMs.${name}: there is no such kind${help}`
  })
  if (wrong.length > 0) throw invalid(wrong)
  checkPrivacy(config.world?.privacy)
  return config
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') {
    const rule = issue.message.startsWith('must ') ? issue.message : `must be ${issue.message}`
    return [at === '' ? `it ${rule}` : `${at}: ${rule}`]
  }
  const siblings = issue.path.reduce<z.ZodRawShape>((names, name) => o.namesIn(names[String(name)]), fields)
  const before = at === '' ? '' : `${at}.`
  return issue.keys.map(key => {
    const help = guess(key, Object.keys(siblings), before) || elsewhere
    return `${before}${key}: there is no such field${help}`
  })
}

const elsewhere = '; addresses, secrets and what processes differ in stay in the environment'

const guess = (name: string, names: readonly string[], before = ''): string => {
  const near = o.nearest(name, names)
  return near === undefined ? '' : `; did you mean ${before}${near}?`
}

function checkPrivacy(options: PrivacyOptions | undefined): void {
  try {
    createPrivacy(options)
  } catch (cause) {
    throw new HearthError('InvalidConfig', `world.privacy: ${(cause as Error).message}`, { cause })
  }
}

const invalid = (problems: readonly string[]) => new HearthError('InvalidConfig', problems.join('; '))
