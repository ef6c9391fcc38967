import { jsonText } from '../model/json.ts'
import type { LoadMany } from './fill-request.ts'
import type { Entry } from './keys.ts'
import type { LocalCache } from './local-cache.ts'
import type { CacheObserver } from './observer.ts'
import type { SharedLoads } from './shared-loads.ts'
import { type Parse, withMissing } from './values.ts'

/** Reads past the cache, of entries of one kind and world. Readers of one entry share its load. */
export interface UncachedReads {
  /** From the source. Stores nothing. */
  load<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<(T | null)[]>
  /** While the cache is not trusted: what this process loaded a moment ago, the rest from the source. */
  bypass<T>(entries: readonly Entry[], load: LoadMany<T>): Promise<(T | null)[]>
}

export interface UncachedReadsDeps {
  localCache: LocalCache
  sharedLoads: SharedLoads
  observer: CacheObserver
  parse: Parse
}

type LoadTexts = (entries: readonly Entry[]) => Promise<string[]>

export function createUncachedReads(deps: UncachedReadsDeps): UncachedReads {
  const { localCache, sharedLoads, observer, parse } = deps

  const textsBy =
    (load: LoadMany<unknown>): LoadTexts =>
    async entries =>
      (await load(entries, { unstored: true })).map(value => jsonText(value ?? null))

  /** Keeps the texts for a moment in this process. */
  const keeping =
    (load: LoadTexts): LoadTexts =>
    async entries => {
      const keep = localCache.begin(entries)
      const texts = await load(entries).catch(error => {
        keep([])
        throw error
      })
      keep(texts)
      return texts
    }

  /** Parsed anew for each reader: no two share an object. */
  async function shared<T>(entries: readonly Entry[], load: LoadTexts) {
    const texts = await sharedLoads.load(entries, load)
    return texts.map(text => parse(text) as T | null)
  }

  return {
    load: (entries, load) => shared(entries, textsBy(load)),

    async bypass<T>(entries: readonly Entry[], load: LoadMany<T>) {
      const { kind } = entries[0] as Entry
      observer.bypassed(kind.name, entries.length)
      const values = entries.map(({ key }) => {
        const text = localCache.get(key)
        return text === undefined ? undefined : (parse(text) as T | null)
      })
      const known = values.filter(value => value !== undefined).length
      if (known > 0) observer.servedInProcess(kind.name, known)
      return withMissing(entries, values, missing => shared<T>(missing, keeping(textsBy(load))))
    },
  }
}
