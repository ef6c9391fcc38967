/** A primary as it was when it ran a script. */
export interface Primary {
  /** Its replication id: another one since a replica was promoted. */
  history: string
  /** How many replicas were connected and followed it. */
  replicas: number
}

/**
 * A primary that lost its replicas may have lost its role as well, and not know it yet: Sentinel demotes an old primary
 * up to 20 s after it has promoted another. For this long its lost replicas are asked for. Milliseconds.
 */
const missedForMs = 30_000

/**
 * How many replicas must have what is accepted: `fixed`, or by default all that the primary has, or was seen to have
 * less than 30 s before the first look that found fewer.
 */
export function createNeededReplicas(fixed: number | undefined, now = () => performance.now()) {
  let history: string | undefined
  let most = 0
  let fewerSince: number | undefined

  return {
    needed: (): number => fixed ?? most,

    saw(primary: Primary): void {
      if (primary.history !== history) {
        history = primary.history
        most = 0
      }
      if (primary.replicas < most) {
        fewerSince ??= now()
        if (now() - fewerSince < missedForMs) return
      }
      most = primary.replicas
      fewerSince = undefined
    },
  }
}

export type NeededReplicas = ReturnType<typeof createNeededReplicas>
