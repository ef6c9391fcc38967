import { setTimeout as pause } from 'node:timers/promises'
import type { AuditResult } from '../../index.ts'
import type { Running } from '../processes.ts'
import type { Played } from './game-beside.ts'

/** A round has one slice without audits, and one in which samples are audited. */
export const sliceMs = 30_000

export interface Slices {
  /** One slice of the game, in which the worker is killed; answers the p99 of the game's reads. */
  play(auditing: boolean): Promise<number>
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

  function auditASample(): void {
    const auditing = audit()
    auditing.catch(() => {}) // `audits` reports it
    audits.push(auditing)
  }

  return {
    async play(auditing) {
      await askGame()
      const until = performance.now() + sliceMs
      const crashAt = performance.now() + sliceMs / 3
      let crashed = false
      while (performance.now() < until) {
        if (!crashed && performance.now() >= crashAt) {
          crashed = true
          await worker.kill()
          worker = await startWorker()
        }
        if (auditing) auditASample()
        await pause(Math.min(auditEveryMs, Math.max(0, until - performance.now())))
      }
      const now = await askGame()
      for (const what of ['reads', 'writes', 'failed'] as const) played[what] += now[what]
      return now.p99
    },
    played,
    audits: () => Promise.allSettled(audits),
  }
}
