import { setImmediate as nextTurn } from 'node:timers/promises'

/** Work that no caller waits for. */
export function createBackground(onError: (error: Error) => void) {
  const underWay = new Set<Promise<void>>()
  let begunSoon = 0

  function run(work: Promise<unknown>): void {
    const done = work.then(() => {}, onError).finally(() => underWay.delete(done))
    underWay.add(done)
  }

  return {
    run,
    /** Begins it when the caller has its answer, which would have to wait for it otherwise. */
    soon(begin: () => Promise<unknown>): void {
      begunSoon += 1
      setImmediate(() => {
        begunSoon -= 1
        run((async () => begin())())
      })
    },
    /** Resolves when all that was given so far has ended. */
    async idle(): Promise<void> {
      if (begunSoon > 0) await nextTurn() // behind all that begins in the next turn
      await Promise.all(underWay)
    },
  }
}

export type Background = ReturnType<typeof createBackground>
