import type { Near } from '../../cache/near/near.ts'
import type { OpenedHearth } from '../../tools/opened-hearth.ts'

/** Each breaks one rule of the near cache. The register test must notice it. */
const breakRule = {
  /** A read does not wait until the invalidations have arrived. */
  'no fence'({ fences }: Near) {
    fences.pass = async () => ({ sentAt: performance.now() })
  },
  /** A read joins a fence that was sent before it began. */
  'fence joined late'({ fences }: Near) {
    const pass = fences.pass
    let underWay: ReturnType<typeof pass> | undefined
    fences.pass = () => {
      underWay ??= pass().finally(() => {
        underWay = undefined
      })
      return underWay
    }
  },
  /** An invalidation that overtakes the answer does not forbid to keep it. */
  'no placeholder'({ store }: Near) {
    const expect = store.expect
    let reads = 0
    store.expect = key => expect(`${key} ${reads++}`)
  },
}

export type Mutant = keyof typeof breakRule
export const mutants = Object.keys(breakRule) as Mutant[]

export function mutate({ cache }: OpenedHearth, mutant: Mutant): void {
  if (!cache.near) throw new Error('there is no near cache whose rule could be broken')
  breakRule[mutant](cache.near as Near)
}
