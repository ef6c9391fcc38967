import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, Worker } from 'bullmq'

const minPauseMs = 200
const maxPauseMs = 10_000

/**
 * A worker that pauses, longer each time, where the queues' Redis refuses to hand out a job: one that is full, or may not
 * be written to, does so at once, and BullMQ would ask again at once, ten thousand times a second.
 */
export class PatientWorker extends Worker {
  readonly #closing = new AbortController()
  #pauseMs = 0

  protected override async moveToActive(token: string, name?: string): Promise<Job> {
    try {
      const job = await super.moveToActive(token, name)
      this.#pauseMs = 0
      return job
    } catch (error) {
      this.#pauseMs = Math.min(Math.max(minPauseMs, this.#pauseMs * 2), maxPauseMs)
      await sleep(this.#pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {})
      throw error
    }
  }

  override close(force?: boolean): Promise<void> {
    this.#closing.abort()
    return super.close(force)
  }
}
