/** A person or a supervisor wants this process to end. */
export interface StopRequest {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** Resolves with it. */
  readonly requested: Promise<NodeJS.Signals>
  /** Gives the signals back to their former listeners. */
  release(): void
}

/**
 * npm sends on to us the Ctrl-C that the terminal has sent us already. Two signals this close together are one wish.
 */
const sameWishMs = 500

/** Listens for the signals that end a process. The first asks; another one, later, exits at once with 130. */
export function listenForStop(signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']): StopRequest {
  const abort = new AbortController()
  let askedAt = 0
  let resolve: (name: NodeJS.Signals) => void = () => {}
  const requested = new Promise<NodeJS.Signals>(done => {
    resolve = done
  })
  const onSignal = (name: NodeJS.Signals) => {
    if (!abort.signal.aborted) {
      askedAt = performance.now()
      abort.abort()
      resolve(name)
    } else if (performance.now() - askedAt > sameWishMs) {
      process.exit(130) // the servers that we started are killed by their exit guard
    }
  }
  for (const name of signals) process.on(name, onSignal)

  return {
    signal: abort.signal,
    requested,
    release() {
      for (const name of signals) process.off(name, onSignal)
    },
  }
}
