import { type Job, Worker } from 'bullmq'

const firstPauseMs = 200
const longestPauseMs = 10_000

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
      this.#pauseMs = Math.min(Math.max(firstPauseMs, this.#pauseMs * 2), longestPauseMs)
      await this.#pause(this.#pauseMs)
      throw error
    }
  }

  /** Ends when the worker is being closed. */
  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer)
        this.off('closing', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      if (this.closing) done()
      else this.on('closing', done)
    })
  }
}
