/**
 * Calls `work`, which must not reject, every `ms`, unless its last call is still under way. Keeps no process alive. `stop`
 * is safe twice, and aborts what `work` was given.
 */
export function repeat(ms: number, work: (stopped: AbortSignal) => Promise<void>): { stop(): void } {
  const stopping = new AbortController()
  let isWorking = false
  const timer = setInterval(async () => {
    if (isWorking) return
    isWorking = true
    await work(stopping.signal).finally(() => {
      isWorking = false
    })
  }, ms).unref()
  return {
    stop() {
      clearInterval(timer)
      stopping.abort()
    },
  }
}
