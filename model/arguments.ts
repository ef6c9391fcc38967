import { HearthError, inWords } from './errors.ts'
import { idProblem } from './ids.ts'
import { entityTypes } from './world-data.ts'

/** Checks of what a public function was given. Each throws `InvalidInput`, naming the field and what would be right. */

export function idOf(given: unknown, field: string): void {
  const problem = idProblem(given)
  if (problem !== null) throw new HearthError('InvalidInput', `${field} ${problem}`)
}

export function worldIdOf(given: unknown): void {
  idOf(given, 'worldId')
}

export function list(given: unknown, field: string): unknown[] {
  if (Array.isArray(given)) return given
  throw wrong(field, 'must be a list', given)
}

/** Values that one call may name: what it costs Redis, the source and this process grows with them. */
const maxNamed = 10_000

export function boundedList(given: unknown, field: string): unknown[] {
  const all = list(given, field)
  if (all.length <= maxNamed) return all
  const rule = `must be at most ${maxNamed}, got ${all.length}; name them in several calls`
  throw new HearthError('InvalidInput', `${field} ${rule}`)
}

export function ids(given: unknown, field: string): void {
  for (const [i, id] of list(given, field).entries()) idOf(id, `${field}.${i}`)
}

/** One bookmark, or a list of them. */
export function bookmarksOf(given: unknown, field: string): void {
  const all = Array.isArray(given) ? given : [given]
  if (all.length > bookmarkRule.most) throw wrong(field, `must be at most ${bookmarkRule.most}`, given)
  for (const bookmark of all) {
    const fits = typeof bookmark === 'string' && bookmark !== '' && bookmark.length <= bookmarkRule.longest
    if (!fits)
      throw wrong(field, 'must be a bookmark, or a list of them, as session.lastBookmarks() gives', bookmark)
  }
}

/** How many bookmarks one change may have, and how long one may be, in characters. */
export const bookmarkRule = { most: 100, longest: 1_000 }

export function object(given: unknown, field: string): Record<string, unknown> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given))
    return given as Record<string, unknown>
  throw wrong(field, 'must be an object', given)
}

export function options(given: unknown): void {
  if (given !== undefined) object(given, 'options')
}

/** `{type, id}`; the id is left to the check of the key that is made of it. */
export function entityRef(given: unknown, field: string): void {
  if (typeof given !== 'object' || given === null) throw wrong(field, 'must be {type, id}', given)
  const { type } = given as { type?: unknown }
  if (!(entityTypes as readonly unknown[]).includes(type))
    throw wrong(`${field}.type`, `must be one of ${entityTypes.join(', ')}`, type)
}

export function entityRefs(given: unknown, field: string): void {
  for (const [i, ref] of list(given, field).entries()) {
    entityRef(ref, `${field}.${i}`)
    idOf((ref as { id?: unknown }).id, `${field}.${i}.id`)
  }
}

export function positive(given: unknown, field: string): void {
  if (!(Number.isSafeInteger(given) && (given as number) > 0))
    throw wrong(field, 'must be a whole number of at least 1', given)
}

/** Throws where the arguments of a method are wrong. */
export type Check = (...args: unknown[]) => void
type Method = (...args: never[]) => Promise<unknown>

/**
 * The same, with arguments that are checked before anything is done; methods that have a check answer with a promise.
 * @param before is called before each check
 */
export function withChecks<T extends object>(
  methods: T,
  checks: Readonly<Record<string, Check>>,
  before: () => void = () => {},
): T {
  const checked = Object.entries(checks).map(([name, check]) => {
    const method = methods[name as keyof T] as Method
    const checkedMethod: Method = (...args) => {
      try {
        before()
        check(...args)
        return method(...args)
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return [name, checkedMethod]
  })
  return { ...methods, ...Object.fromEntries(checked) }
}

export function wrong(field: string, rule: string, given: unknown): HearthError {
  const shown = typeof given === 'string' ? JSON.stringify(given.slice(0, 100)) : inWords(given)
  return new HearthError('InvalidInput', `${field} ${rule}, got ${shown}`)
}
