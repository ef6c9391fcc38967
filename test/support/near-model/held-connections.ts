import type { OpenTracked, TrackedConnection } from '../../../cache/near/tracked-connection.ts'
import type { Interleaver } from '../interleave.ts'

/**
 * Tracked connections to a real Redis, of which answers, invalidations and the connection's end reach the code one by
 * one, in the order in which they arrived, when the interleaver lets them.
 */
export interface HeldConnections {
  openTracked: OpenTracked
  /** Resolves when all that Redis has sent so far has arrived. */
  arrived(): Promise<void>
  /** Resolves when all connections that are open now have ended. */
  ended(): Promise<void>
  /** Loses the invalidations that `work` causes. */
  unsignalled(work: () => Promise<void>): Promise<void>
}

interface Held {
  real: TrackedConnection
  ended: Promise<void>
}

export function holdConnections(openReal: OpenTracked, interleaver: Interleaver): HeldConnections {
  const open = new Set<Held>()
  let isSignalled = true

  async function arrived(): Promise<void> {
    for (const { real } of open) await real.fence()
  }

  async function openTracked({ onInvalidated, onLost, ...options }: Parameters<OpenTracked>[0]) {
    let before = Promise.resolve()
    /** Delivers after all that arrived before. */
    function deliver<T>(what: () => T): Promise<T> {
      const delivered = before.then(interleaver.turn).then(what)
      before = delivered.then(() => {})
      return delivered
    }

    let end = () => {}
    const ended = new Promise<void>(resolve => {
      end = resolve
    })
    const opening = {
      ...options,
      limitMs: 30_000, // a busy machine is not held against Redis
      onInvalidated(key: string | null) {
        if (isSignalled) void deliver(() => onInvalidated(key))
      },
      onLost() {
        end()
        void deliver(onLost)
      },
    }
    const real = await interleaver.gate(async () => {
      const opened = await openReal(opening)
      const held = { real: opened, ended }
      open.add(held)
      void ended.then(() => open.delete(held))
      return opened
    })

    async function ask<T>(question: () => Promise<T>): Promise<T> {
      await interleaver.turn()
      const answer = await interleaver.run(question)
      await deliver(() => {})
      await interleaver.turn() // the code that asked may go on later
      return answer
    }
    return {
      fence: () => ask(real.fence),
      read: (keys: readonly string[]) => ask(() => real.read(keys)),
      get lostBy() {
        return real.lostBy
      },
      close: real.close,
    }
  }

  return {
    openTracked,
    arrived,
    async ended() {
      await Promise.all(Array.from(open, held => held.ended))
    },
    async unsignalled(work) {
      isSignalled = false
      await work()
      await arrived()
      isSignalled = true
    },
  }
}
