/**
 * Runs concurrent code one await at a time, in an order that the test chooses. The code passes a gate before and after
 * each operation; the operation itself runs for real (a Redis command, a load), and the next one passes only when no
 * code runs any more.
 */
export interface Interleaver {
  /** Runs `operation` when it passes the first gate, and returns its outcome when it passes the second. */
  gate<T>(operation: () => Promise<T>): Promise<T>
  /** Lets waiting operations through, `choose` picking one of `count`, until none is left. */
  drive(choose: (count: number) => number): Promise<void>
}

export function createInterleaver(): Interleaver {
  const waiting: (() => void)[] = []
  let running = 0
  const turn = () => new Promise<void>(resolve => waiting.push(resolve))

  return {
    async gate(operation) {
      await turn()
      running++
      try {
        return await operation()
      } finally {
        running--
        await turn()
      }
    },

    async drive(choose) {
      for (;;) {
        await stillness(() => running)
        const [next] = waiting.splice(choose(waiting.length), 1)
        if (!next) return
        next()
      }
    },
  }
}

/** Resolves when no operation runs and the code after the last one has reached its next gate. */
async function stillness(running: () => number): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    await new Promise(resolve => setImmediate(resolve))
    quiet = running() === 0 ? quiet + 1 : 0
  }
}

/** The same object, whose `methods` pass the gate. */
export function gated<T extends object>(target: T, methods: readonly string[], { gate }: Interleaver): T {
  return new Proxy(target, {
    get(object, property) {
      const value: unknown = Reflect.get(object, property)
      if (typeof value !== 'function') return value
      const method = (...args: unknown[]) => Reflect.apply(value, object, args)
      return methods.includes(String(property)) ? (...args: unknown[]) => gate(() => method(...args)) : method
    },
  })
}
