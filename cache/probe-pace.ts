import { sumBy } from 'es-toolkit'
import type { Redis } from 'ioredis'

/** When a primary is to be probed again. */
export interface ProbePace {
  isDue(): boolean
  /** A probe has ended: what it wrote is no use of the connections. */
  probed(): void
}

/** An idle process probes so often, where there are few. Milliseconds. */
const idleMs = 5_000
/** All idle processes together send at most 20 probes a second. Milliseconds. */
const idleMsByProcess = 50

interface ProbePaceDeps {
  /** Those of the moment to the primary. */
  connections(): readonly Redis[]
  /** How many processes use it. */
  processes(): number
  now?(): number
}

/**
 * A process that has asked something since its last probe probes at each chance, an idle one seldom: it has no reads
 * that could be wrong. What was asked is seen by the bytes that the sockets have sent, which costs no command anything.
 */
export function createProbePace({
  connections,
  processes,
  now = () => performance.now(),
}: ProbePaceDeps): ProbePace {
  const sentNow = () => sumBy([...connections()], ({ stream }) => stream?.bytesWritten ?? 0)
  let sent: number | undefined
  let probedAt = 0
  return {
    isDue: () => sentNow() !== sent || now() - probedAt >= Math.max(idleMs, processes() * idleMsByProcess),
    probed() {
      sent = sentNow()
      probedAt = now()
    },
  }
}
