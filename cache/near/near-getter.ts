import type { LoadMany } from '../fill-request.ts'
import { type Found, foundIn, type Getter } from '../getter.ts'
import type { Entry } from '../keys.ts'
import { corrupt, type Parse } from '../values.ts'
import { deepFreeze } from './freeze.ts'
import type { Form, NearStore, Placeholder } from './near-store.ts'
import type { TrackedText } from './tracked-connection.ts'
import type { Tracking } from './tracking.ts'

interface NearGetterDeps {
  tracking: Pick<Tracking, 'connection'>
  store: Pick<NearStore, 'expect' | 'keep' | 'forget'>
  form: Form
  parse: Parse
  /** For when no connection is tracked. */
  untracked: Getter
  /** How long an entry still lives. Milliseconds; Infinity for ever. */
  onTtl(entry: Entry, ttlMs: number): void
}

/** Gets entries by tracked reads, and keeps what they bring near: nothing else puts a value there. */
export function createNearGetter(deps: NearGetterDeps): Getter {
  const { tracking, store, form, parse, untracked, onTtl } = deps

  /** Undefined where no connection is tracked, or it was lost. */
  async function readTracked<T>(
    entries: readonly Entry[],
    load: LoadMany<T>,
  ): Promise<Found<T>[] | undefined> {
    const { connection } = tracking
    if (connection === undefined) return undefined
    // Before the GET is sent: an invalidation may arrive before its answer, and then the answer is the older value.
    const placeholders = entries.map(({ key }) => store.expect(key))
    const sentAt = performance.now() // an entry that expires in n ms from now on does so from the answer on, too
    const keep = (i: number, found: TrackedText): Found<T> =>
      kept({ entry: entries[i] as Entry, placeholder: placeholders[i] as Placeholder, sentAt, load }, found)
    const all = await connection.read(entries.map(({ key }) => key)).catch(error => {
      placeholders.forEach(store.forget)
      throw error
    })
    if (all) return all.map((found, i) => keep(i, found))
    placeholders.forEach(store.forget)
    return undefined
  }

  function kept<T>(
    asked: { entry: Entry; placeholder: Placeholder; sentAt: number; load: LoadMany<T> },
    { text, ttlMs }: TrackedText,
  ): Found<T> {
    const { entry, placeholder, sentAt, load } = asked
    const value = foundIn<T>(entry, text, parse)
    if (text === null || value === undefined || value === corrupt || ttlMs <= 0) {
      store.forget(placeholder)
      return value
    }
    onTtl(entry, ttlMs)
    const expiresAt = Math.floor(sentAt + ttlMs) // a whole number is no object of its own
    store.keep(placeholder, { entry, form, value: deepFreeze(value), expiresAt, load, length: text.length })
    return value
  }

  return {
    async one(entry, load) {
      const found = await readTracked([entry], load)
      return found ? found[0] : untracked.one(entry, load)
    },
    async many(entries, load) {
      return (await readTracked(entries, load)) ?? untracked.many(entries, load)
    },
  }
}
