import { within } from '../../../resilience/within.ts'

/** How new what a sweep brings is, as it goes over the wire. */
export interface SweepState {
  /** When it last went through all, in ms since 1970; null where it never has. */
  at: number | null
  /** Why the last one did not; null where it did. */
  error: string | null
}

export type Sweep = ReturnType<typeof createSweep>

/** How long one of its steps may take. Milliseconds. */
const stepMs = 1_000
/** What it took counts so often as the pause after it. */
const pauseOfTook = 10
/** After one that failed. Milliseconds. */
const retryMs = 1_000

/** Goes through all worlds in steps: only while a page asks, and for no more than a tenth of the time. */
export function createSweep(
  steps: () => AsyncIterable<unknown>,
  { everyMs, onError }: { everyMs: number; onError(error: unknown): void },
) {
  const state: SweepState = { at: null, error: null }
  let sweeping: Promise<void> | undefined
  let nextAt = Number.NEGATIVE_INFINITY
  let stopped = false

  async function sweep(): Promise<void> {
    const begun = performance.now()
    const iterator = steps()[Symbol.asyncIterator]()
    try {
      while (!stopped && !(await within(stepMs, iterator.next())).done);
      Object.assign(state, { at: Date.now(), error: null })
      nextAt = Math.max(begun + everyMs, performance.now() + pauseOfTook * (performance.now() - begun))
    } catch (error) {
      if (stopped) return
      if (state.error === null) onError(error)
      state.error = error instanceof Error ? error.message : String(error)
      nextAt = performance.now() + retryMs
    }
  }

  return {
    /** Begins one where it is time for it. Resolves when it has ended; at once where none is under way. */
    async look(): Promise<void> {
      if (!sweeping && !stopped && performance.now() >= nextAt) {
        sweeping = sweep().finally(() => {
          sweeping = undefined
        })
      }
      await sweeping
    },
    state: (): SweepState => ({ ...state }),
    close(): void {
      stopped = true
    },
  }
}
