import type { Entry } from './keys.ts'
import type { EntryFill, Front, Leases } from './leases.ts'
import { corrupt, decodeExactly, encode } from './values.ts'

/** A change of one cached value that needs no load. */
export interface Amendment<T> {
  readonly entry: Entry
  /** The value as it shall be, which may be the same; undefined where the old one does not tell: then it is removed. */
  apply(value: T | null): T | null | undefined
  /** The same, where it is events that are likely to be the newest of a timeline: then it costs no lease. */
  readonly front?: Omit<Front, 'entry'>
}

/**
 * Adds to cached values what has just been written elsewhere, without a load.
 * When it resolves, each entry has its amendment or is gone, and no load that began before can be stored. All are of
 * one world, no two of one entry. An entry keeps what is left of its life. Raises the world's version.
 * `mostEvents`: of a timeline.
 */
export type Amend = <T>(
  worldId: string,
  amendments: readonly Amendment<T>[],
  mostEvents: number,
) => Promise<void>

/** Others who amend the same entries take the lease from us, as we do from them. */
const maxRefusals = 3
const longestPauseMs = 4

export function createAmend({ leases, sleep }: { leases: Leases; sleep(ms: number): Promise<void> }): Amend {
  return async <T>(worldId: string, amendments: readonly Amendment<T>[], mostEvents: number) => {
    const fronts = amendments.flatMap(({ entry, front }): Front[] => (front ? [{ entry, ...front }] : []))
    const done = fronts.length > 0 ? await leases.prepend(worldId, fronts, mostEvents) : []
    const prepended = new Set(fronts.filter((_, i) => done[i]).map(({ entry }) => entry))
    let open = amendments.filter(({ entry }) => !prepended.has(entry))
    if (open.length === 0 && fronts.length > 0) return

    for (let refusals = 0; refusals < maxRefusals; refusals++) {
      const { token, values } = await leases.amend(open.map(({ entry }) => entry))
      const fills: EntryFill[] = []
      const unclear: Entry[] = []
      open.forEach(({ entry, apply }, i) => {
        const text = values[i] ?? null
        if (text === null) return
        const value = decodeExactly<T>(entry.kind, text)
        const amended = value === corrupt ? undefined : apply(value)
        if (amended === undefined) unclear.push(entry)
        else if (amended === value) fills.push({ entry, value: '', ttl: 'none' })
        else fills.push({ entry, value: encode(entry.kind, amended), ttl: 'rest' })
      })
      if (unclear.length > 0) await leases.invalidate(worldId, unclear)
      const stored = await leases.fill(token, fills, { raises: worldId })
      const refused = new Set(fills.filter((_, i) => !stored[i]).map(({ entry }) => entry))
      if (refused.size === 0) return
      open = open.filter(({ entry }) => refused.has(entry))
      await sleep(Math.random() * longestPauseMs)
    }
    await leases.invalidate(
      worldId,
      open.map(({ entry }) => entry),
    )
  }
}
