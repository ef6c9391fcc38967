import { Closing } from './closing.ts'
import { listenForStop } from './signals.ts'
import { note } from './terminal.ts'

export interface RunOptions {
  /** Within what time the process has to be gone after the first signal. Milliseconds. */
  shutdownMs: number
  signals?: readonly NodeJS.Signals[]
  /** Whatever it opens it tells `closing`, at once. It stops waiting when `signal` is aborted. */
  start(run: { closing: Closing; signal: AbortSignal }): Promise<void>
  /** Says that the process is stopping, and in the end what did not stop as it should. */
  say(what: string): void
}

/**
 * Runs until a signal comes, and closes everything. Resolves when that is done; a start that fails is undone, and
 * its error thrown. Ends the process itself, with 1, should closing take longer than it may.
 */
export async function runUntilStopped({ shutdownMs, signals, start, say }: RunOptions): Promise<void> {
  const stop = listenForStop(signals)
  const closing = new Closing()
  try {
    const started = start({ closing, signal: stop.signal })
    started.catch(() => {}) // once a signal has come, an interrupted start is no news
    await Promise.race([started, stop.requested])
    const signal = await stop.requested
    say(`${signal}: stopping`)
  } finally {
    const watchdog = setTimeout(() => {
      note(`Not everything stopped within ${shutdownMs} ms.`)
      process.exit(1)
    }, shutdownMs)
    for (const problem of await closing.close()) say(`while stopping: ${problem}`)
    clearTimeout(watchdog)
    stop.release()
  }
}
