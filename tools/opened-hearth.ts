import { createHearth, type Hearth, partsOf } from '../hearth/hearth.ts'
import type { HearthOptions } from '../hearth/options.ts'
import type { Parts } from '../hearth/parts.ts'

type Shown = Pick<Parts, 'cache' | 'producer' | 'pending' | 'ensureInvalidated' | 'loadLimiter'>

/** A hearth with its internal parts, for tests and benchmarks. */
export type OpenedHearth = Hearth & Shown

export function openedHearth(options: HearthOptions): OpenedHearth {
  const hearth = createHearth(options)
  const { cache, producer, pending, ensureInvalidated, loadLimiter } = partsOf(hearth)
  return Object.assign(hearth, { cache, producer, pending, ensureInvalidated, loadLimiter })
}
