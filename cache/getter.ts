import type { LoadMany } from './fill-request.ts'
import type { Entry } from './keys.ts'
import { isWrongType } from './scripts.ts'
import type { TimedGet } from './timed-get.ts'
import { type corrupt, decode, type Parse } from './values.ts'

/** What Redis has of an entry: its value, undefined for nothing, `corrupt` for bytes that no fill of ours wrote. */
export type Found<T> = T | null | undefined | typeof corrupt

/** Gets entries of one kind and world from Redis. Rejects where Redis does not answer. */
export interface Getter {
  /** `load` is how the reader would load it anew. */
  one<T>(entry: Entry, load: LoadMany<T>): Promise<Found<T>>
  many<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<Found<T>[]>
}

export const foundIn = <T>({ kind }: Entry, text: string | null, parse: Parse): Found<T> =>
  text === null ? undefined : decode<T>(kind, text, parse)

/** One GET, or one MGET. */
export function createGetter(timedGet: TimedGet, parse: Parse): Getter {
  return {
    one: entry => timedGet.get(entry.key).then(text => foundIn(entry, text, parse), nothing),
    async many(entries) {
      const texts = await timedGet.mget(entries.map(({ key }) => key))
      return entries.map((entry, i) => foundIn(entry, texts[i] ?? null, parse))
    },
  }
}

/** What another program has put there and is no text counts as missing: the lease removes it. */
function nothing(error: unknown): undefined {
  if (isWrongType(error)) return undefined
  throw error
}
