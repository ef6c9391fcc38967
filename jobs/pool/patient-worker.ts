import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, Worker } from 'bullmq'

const minPauseMs = 200
const maxPauseMs = 10_000

/**
 * A worker that pauses, longer each time, where the queues' Redis refuses to hand out a job: one that is full, or may not
 * be written to, does so at once, and BullMQ would ask again at once, ten thousand times a second.
 */
export class PatientWorker extends Worker {
  #pauseMs = 0

  protected override async moveToActive(token: string, name?: string): Promise<Job> {
    try {
      const job = await super.moveToActive(token, name)
      this.#pauseMs = 0
      return job
    } catch (error) {
      this.#pauseMs = Math.min(Math.max(minPauseMs, this.#pauseMs * 2), maxPauseMs)
      await this.#pause(this.#pauseMs)
      throw error
    }
  }

  /** Ends when the worker is being closed. */
  async #pause(ms: number): Promise<void> {
    const ending = new AbortController()
    const end = () => ending.abort()
    this.once('closing', end)
    if (!this.closing) await sleep(ms, undefined, { signal: ending.signal }).catch(() => {})
    this.off('closing', end)
  }
}
