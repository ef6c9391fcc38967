import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { HearthError, inWords } from './errors.ts'
import { redisProblem, serverRight, whyNoServer } from './redis-address.ts'

/** The least and the most that a number may be. */
export type Range = readonly [least: number, most: number]

const int32: Range = [1, 2_147_483_647]

/** What the environment and the options of the library may say alike. */
export const ranges = {
  topK: [1, 1_000],
  lifeMs: int32,
  nullMax: [0, 10_000_000],
  leaseMs: [100, 600_000],
  jitter: [0, 0.9],
  chunkSize: [1, 10_000],
  concurrency: [1, 64],
  maxLoads: [1, 1_000],
  maxSlowdown: [1.05, 100],
  warmUrgent: [0, 10_000],
  warmEntities: [1, 100_000_000],
  bytes: [1, Number.MAX_SAFE_INTEGER],
  readsInOne: [1, 10_000],
  refreshTop: [1, 100_000],
  auditSample: [1, 2_000],
  auditBudget: [1, 100_000],
  pendingMax: [1, 10_000_000],
  queueReplicas: [0, 100],
  cacheReplicas: [0, 100],
} satisfies Record<string, Range>

export const wholeRule = ([least, most]: Range) => `a whole number from ${least} to ${most}`
export const numberRule = ([least, most]: Range) => `a number from ${least} to ${most}`

/** An option that may be absent; `rule` completes "expected …". */
export const option = <T>(rule: Rule, fits: (given: unknown) => boolean) => required<T>(rule, fits).optional()
export const required = <T>(rule: Rule, fits: (given: unknown) => boolean) =>
  z.custom<T>(fits, typeof rule === 'string' ? rule : { error: ({ input }) => rule(input) })
/** Text, or what makes it of what was given. */
type Rule = string | ((given: unknown) => string)

const within = (given: unknown, [least, most]: Range) =>
  typeof given === 'number' && given >= least && given <= most
export const whole = (range: Range) =>
  option<number>(wholeRule(range), given => Number.isInteger(given) && within(given, range))
/** A time that may be as long as a timer's. */
export const ms = () => whole(int32)
export const share = (range: Range) => option<number>(numberRule(range), given => within(given, range))
export const flag = () => option<boolean>('true or false', given => typeof given === 'boolean')
export const text = () => required<string>('some text', given => typeof given === 'string' && given !== '')
export const oneOf = (one: string, other: string) =>
  option<string>(`'${one}' or '${other}'`, given => given === one || given === other)
export const callback = () => option<never>('a function', isFunction)

export const isFunction = (given: unknown): given is (...args: never[]) => unknown =>
  typeof given === 'function'
export const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given)

/** Several options under one name, none beside them. */
export const group = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, `an object of ${Object.keys(shape).join(', ')}`).optional()

/**
 * Checks options as strictly as the environment's. An unknown name is refused where it is close to a known one, or
 * stands in a group: it would do nothing. Throws `InvalidConfig`, whose message lists every problem; no password is in it.
 */
export function checkOptions(of: string, given: unknown, shape: z.ZodRawShape): void {
  const { error } = z.looseObject(shape, 'an object of options').safeParse(given)
  const problems = (error?.issues ?? []).flatMap(issue => problemsOf(given, issue, shape))
  if (isObject(given)) {
    const unknown = Object.keys(given).filter(name => !(name in shape) && nearest(name, Object.keys(shape)))
    problems.push(...unknown.map(name => unknownName(name, shape)))
  }
  if (problems.length === 0) return
  throw new HearthError('InvalidConfig', [`The options of ${of} are wrong:`, ...problems].join('\n  '))
}

function problemsOf(given: unknown, issue: z.core.$ZodIssue, shape: z.ZodRawShape): string[] {
  const field = issue.path.join('.') || 'options'
  if (issue.code === 'unrecognized_keys') {
    const names = namesIn(shape[String(issue.path[0])])
    return issue.keys.map(key => unknownName(key, names, `${field}.`))
  }
  const value = issue.path.reduce<unknown>(
    (inner, key) => (isObject(inner) ? inner[String(key)] : inner),
    given,
  )
  if (value === undefined) return [`${field} is missing; expected ${issue.message}`]
  return [`${field} is ${field === 'password' ? 'wrong' : shown(value)}; expected ${issue.message}`]
}

/** The options of a group. */
export function namesIn(schema: unknown): z.ZodRawShape {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema
  return inner instanceof z.ZodObject ? inner.shape : {}
}

function unknownName(name: string, shape: object, before = ''): string {
  const near = nearest(name, Object.keys(shape))
  return `${before}${name} is not an option${near ? `; did you mean ${before}${near}?` : ''}`
}

/** The name that was probably meant: one that differs in at most this share of its characters. */
export function nearest(given: string, names: readonly string[], share = 0.3): string | undefined {
  const likeness = (name: string) => distance(given.toLowerCase(), name.toLowerCase())
  const [near = ''] = names.toSorted((a, b) => likeness(a) - likeness(b))
  return near !== '' && likeness(near) <= Math.max(1, near.length * share) ? near : undefined
}

/**
 * Text without any password that may stand in it, up to the last @: one that was not percent-encoded may hold slashes
 * and @ of its own.
 */
export const masked = (text: string): string =>
  text.replace(/^([a-z0-9+.-]*:\/\/)?.*@/is, '$1***@').replace(/\?.*$/s, '?…')

/** What was given, in a few words, without passwords. */
const shown = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(masked(value).slice(0, 100)) : inWords(value)

export const isUrl = (given: unknown, protocols: RegExp): given is string =>
  typeof given === 'string' && URL.canParse(given) && protocols.test(new URL(given).protocol)

/** What would be right where a Redis is to be named, and what is wrong with what was given. */
export const serverRule: Rule = given =>
  `${serverRight}, ioredis' options or a connection of it, both without keyPrefix, or {cluster: [nodes], options}` +
  whyNoServer(given)

/**
 * Where a Redis is: a URL, a Unix socket, ioredis' options, a connection that has some, or a cluster's nodes. Every key
 * is named in full, so no `keyPrefix` may be set.
 */
export function isServer(given: unknown): boolean {
  if (!isObject(given)) return typeof given === 'string' && !redisProblem(given)
  const { cluster, options } = given
  const areNodes = 'isCluster' in given || (Array.isArray(cluster) && cluster.length > 0)
  const all = isObject(options) ? [given, options, options['redisOptions']] : [given]
  return (cluster === undefined || areNodes) && !all.some(one => isObject(one) && one['keyPrefix'])
}

/** What all keys of the queues begin with. */
export const prefix = () =>
  option<string>(
    '1 to 64 of the characters A-Z a-z 0-9 . _ - { }',
    given => typeof given === 'string' && /^[A-Za-z0-9._{}-]{1,64}$/.test(given),
  )
