import { setTimeout as pause } from 'node:timers/promises'
import type { AuditResult } from '../../index.ts'
import type { Running } from '../processes.ts'
import type { Played } from './game-beside.ts'

/** Short, so that slices with and without audits take turns: Neo4j becomes quicker for minutes, which then cancels out. */
export const sliceMs = 4_000
/** For what the audits of a slice have left to do, so that they do not disturb the next one. */
const maxDrainMs = 2_000
/** After this time a worker that has just been started disturbs nothing any more. */
const settleMs = 3_000

export interface Slices {
  /** One slice of the game; answers the p99 of the game's reads. */
  play(auditing: boolean): Promise<number>
  /** Kills the worker in the middle of an audit, and starts another one, while the game goes on. In no slice. */
  crash(): Promise<void>
  /** What the game did in all slices. */
  readonly played: Played
  /** How the sampled audits ended. */
  audits(): Promise<PromiseSettledResult<AuditResult>[]>
}

export interface SlicesOptions {
  startWorker(): Promise<Running>
  /** Called once the first worker runs. */
  startGame(): Promise<() => Promise<Played>>
  audit(): Promise<AuditResult>
  auditEveryMs: number
}

export async function createSlices({
  startWorker,
  startGame,
  audit,
  auditEveryMs,
}: SlicesOptions): Promise<Slices> {
  let worker = await startWorker()
  const askGame = await startGame()
  const audits: Promise<AuditResult>[] = []
  const played: Played = { p99: 0, reads: 0, writes: 0, failed: 0 }

  function auditASample(): Promise<AuditResult> {
    const auditing = audit()
    auditing.catch(() => {}) // `audits` reports it
    audits.push(auditing)
    return auditing
  }

  return {
    async play(auditing) {
      await askGame()
      const running: Promise<AuditResult>[] = []
      const until = performance.now() + sliceMs
      while (performance.now() < until) {
        if (auditing) running.push(auditASample())
        await pause(Math.min(auditEveryMs, Math.max(0, until - performance.now())))
      }
      const now = await askGame()
      for (const what of ['reads', 'writes', 'failed'] as const) played[what] += now[what]
      await Promise.race([Promise.allSettled(running), pause(maxDrainMs)])
      return now.p99
    },
    async crash() {
      void auditASample()
      await pause(100) // so that it has begun
      await worker.kill()
      worker = await startWorker()
      await pause(settleMs)
    },
    played,
    audits: () => Promise.allSettled(audits),
  }
}
