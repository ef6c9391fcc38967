/** Work that no caller waits for. */
export function createBackground(onError: (error: Error) => void) {
  const underWay = new Set<Promise<void>>()
  return {
    run(work: Promise<unknown>): void {
      const done = work.then(() => {}, onError).finally(() => underWay.delete(done))
      underWay.add(done)
    },
    /** Resolves when all that was begun so far has ended. */
    async idle(): Promise<void> {
      await Promise.all(underWay)
    },
  }
}

export type Background = ReturnType<typeof createBackground>
