import { z } from 'zod'
import { changeKinds } from './changes.ts'
import { HearthError } from './errors.ts'
import { isFunction } from './options.ts'

/** Flags and fields of Hearth's own, and what every object has. */
const reservedNames = ['all', 'json', 'help', 'config', 'constructor']

const name = z
  .string('must be text')
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be lower-case words joined by -, like shop-stock')
  .max(40, 'must have at most 40 characters')
  .refine(given => !reservedNames.includes(given), `must not be one of ${reservedNames.join(', ')}`)
  .refine(given => !given.startsWith('no-'), 'must not begin with no-, by which a flag is negated')

const oneOf = <T extends string>(...values: readonly [T, ...T[]]) =>
  z.enum(values, `must be one of ${values.join(', ')}`)
const aFunction = z.custom(isFunction, 'must be a function')
const text = z.string('must be text').min(1, 'must not be empty')
const yesOrNo = z.boolean('must be true or false')
const isSchema = (given: unknown): given is z.ZodType =>
  typeof given === 'object' && given !== null && '_zod' in given && 'safeParse' in given
const lifeRule = 'must be a whole number of milliseconds above 0, or null for ever'
const fieldName = z
  .string('must be text')
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be of letters, digits and _')

const rules = z.strictObject({
  name,
  per: oneOf('world', 'entity', 'typed-entity'),
  value: z
    .custom<z.ZodType>(isSchema, 'must be a zod schema (of zod 4)')
    .refine(given => shapeOf(given) !== undefined, 'must be a schema of an array or of an object'),
  ttlMs: z.int(lifeRule).positive(lifeRule).nullable(),
  key: aFunction.optional(),
  load: aFunction.optional(),
  passed: yesOrNo.optional(),
  cypher: text.optional(),
  warm: oneOf('world', 'active-entities', 'all-entities', 'popular', 'never').optional(),
  counted: yesOrNo.optional(),
  staleOn: z
    .partialRecord(
      oneOf(...changeKinds),
      z.custom(given => given === true || isFunction(given), 'must be a function of the change'),
      'must be an object from a change to a function',
    )
    .optional(),
  limited: yesOrNo.optional(),
  missing: z.unknown().optional(),
  about: text.optional(),
  noun: aFunction.optional(),
  http: z
    .strictObject({
      path: z
        .string('must be text')
        .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be of a-z 0-9 -')
        .optional(),
      ids: fieldName.refine(given => !['limit', 'at'].includes(given), 'must not be limit or at').optional(),
      many: fieldName.optional(),
      one: fieldName.nullish(),
      time: text.nullish(),
    })
    .optional(),
})

/** @throws HearthError `InvalidConfig`, naming the kind, every wrong field and what would be right */
export function checkDefinition(definition: object): void {
  const { data, error } = rules.safeParse(definition)
  const problems = data ? contradictions(data) : (error?.issues ?? []).flatMap(problemsOf)
  if (problems.length === 0) return
  const { name } = definition as { name?: unknown }
  throw new HearthError('InvalidConfig', `kind ${JSON.stringify(name ?? null)}: ${problems.join('; ')}`)
}

type Issue = z.core.$ZodIssue

function problemsOf(issue: Issue): string[] {
  const field = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') {
    const [key] = issue.code === 'invalid_key' ? issue.issues : []
    return [`${field} ${key?.message ?? issue.message}`]
  }
  const rule = field === 'staleOn' ? `must be one of ${changeKinds.join(', ')}` : 'is no field of a kind'
  return issue.keys.map(key => `${[...issue.path, key].join('.')} ${rule}`)
}

/** What is wrong between fields that are right alone. */
function contradictions(definition: z.infer<typeof rules>): string[] {
  const { per, value, warm = 'never', counted, load, cypher, limited, missing, staleOn = {} } = definition
  const problems: string[] = []
  if ((load === undefined) === (cypher === undefined)) {
    problems.push('load must be given, or cypher in its place, and not both')
  }
  if ((warm === 'world') !== (per === 'world') && warm !== 'never') {
    problems.push(`warm must not be ${warm} for what is kept per ${per}`)
  }
  if (counted && per !== 'entity') problems.push("counted is for kinds that are kept per 'entity'")
  if (limited && shapeOf(value) !== 'list') problems.push('limited is for lists')
  for (const [change, rule] of Object.entries(staleOn)) {
    if ((rule === true) === (per === 'world')) continue
    problems.push(`staleOn.${change} must be ${per === 'world' ? 'true' : 'a function of the change'}`)
  }
  if (missing !== undefined && !value.safeParse(missing).success) problems.push('missing must fit value')
  return problems
}

/** Whether a schema's values are lists or maps; undefined where they are neither. */
export function shapeOf(value: z.ZodType): 'list' | 'map' | undefined {
  const { type } = z.toJSONSchema(value, { unrepresentable: 'any', io: 'input' })
  return type === 'array' ? 'list' : type === 'object' ? 'map' : undefined
}
