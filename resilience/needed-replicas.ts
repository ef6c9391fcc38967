/** A primary as it was when it was asked. */
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
export const missedForMs = 30_000

interface NeededOptions {
  /** So many in any case. */
  fixed?: number | undefined
  /** So many of every primary, seen with as many or not, but for 30 s without them. Default: all that it was seen to have. */
  wanted?: number
  /** How long the first primary may be without what is wanted. Milliseconds, default 30,000. */
  firstMissedForMs?: number
  now?(): number
}

/**
 * How many replicas must have what is acknowledged: as many as the primary has, or had less than 30 s before the first
 * look that found fewer.
 */
export function createNeededReplicas({
  fixed,
  wanted,
  firstMissedForMs = missedForMs,
  now = () => performance.now(),
}: NeededOptions) {
  let history: string | undefined
  let most = wanted ?? 0
  let fewerSince: number | undefined
  let patienceMs = firstMissedForMs

  return {
    needed: (): number => fixed ?? most,

    saw(primary: Primary): void {
      if (primary.history !== history) {
        history = primary.history
        most = wanted ?? 0
      }
      const replicas = Math.min(primary.replicas, wanted ?? primary.replicas)
      if (replicas < most) {
        fewerSince ??= now()
        if (now() - fewerSince < patienceMs) return
      }
      most = replicas
      fewerSince = undefined
      patienceMs = missedForMs
    },
  }
}

export type NeededReplicas = ReturnType<typeof createNeededReplicas>
