/** Work that no caller waits for. */
export interface Background {
  run(work: Promise<unknown>): void
  /** Resolves when all that was begun so far has ended. */
  idle(): Promise<void>
}

export function createBackground(onError: (error: Error) => void): Background {
  const underWay = new Set<Promise<void>>()
  return {
    run(work) {
      const done = work.then(() => {}, onError).finally(() => underWay.delete(done))
      underWay.add(done)
    },
    async idle() {
      await Promise.all(underWay)
    },
  }
}
