import type { Known } from './look.ts'

/** What a page shows of one source, as it goes over the wire: the last answer, however old, and why there is none newer. */
export interface Figure<T> {
  /** Null where the source has never answered. */
  value: T | null
  /** When the value came, in ms since 1970. */
  at: number | null
  /** Null where the value is as new as it is meant to be. */
  error: string | null
}

export const figureOf = <T>({ value, at, error }: Known<T>): Figure<T> => ({
  value: value ?? null,
  at,
  error: error?.message ?? null,
})
