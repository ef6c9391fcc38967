/**
 * Runs concurrent code one await at a time, in an order that the test chooses. The code passes a gate before and after
 * each operation; the operation itself runs for real (a Redis command, a load), and the next one passes only when no
 * code runs any more.
 */
export interface Interleaver {
  /** Runs `operation` when it passes the first gate, and returns its outcome when it passes the second. */
  gate<T>(operation: () => Promise<T>): Promise<T>
  /** Resolves when it is let through. */
  turn(): Promise<void>
  /** Runs `operation` at once; nothing is let through before it has ended. */
  run<T>(operation: () => Promise<T>): Promise<T>
  /** For what a timer of the code begins: `drive` does not end before `outcome` has settled. */
  awaited<T>(outcome: Promise<T>): Promise<T>
  /** Lets waiting operations through, `choose` picking one of `count`, until none is left. */
  drive(choose: (count: number) => number): Promise<void>
}

export function createInterleaver(): Interleaver {
  const waiting: (() => void)[] = []
  let running = 0
  let awaited = 0
  let changed = () => {}

  const turn = () =>
    new Promise<void>(resolve => {
      waiting.push(resolve)
      changed()
    })

  async function run<T>(operation: () => Promise<T>): Promise<T> {
    running++
    try {
      return await operation()
    } finally {
      running--
    }
  }

  return {
    turn,
    run,

    async gate(operation) {
      await turn()
      try {
        return await run(operation)
      } finally {
        await turn()
      }
    },

    async awaited(outcome) {
      awaited++
      try {
        return await outcome
      } finally {
        awaited--
        changed()
      }
    },

    async drive(choose) {
      for (;;) {
        await stillness(() => running)
        while (waiting.length === 0 && awaited > 0) {
          await new Promise<void>(resolve => {
            changed = resolve
          })
        }
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
export function gated<T extends object>(
  target: T,
  methods: readonly string[],
  { gate }: Pick<Interleaver, 'gate'>,
): T {
  return new Proxy(target, {
    get(object, property) {
      const value: unknown = Reflect.get(object, property)
      if (typeof value !== 'function') return value
      const method = (...args: unknown[]) => Reflect.apply(value, object, args)
      return methods.includes(String(property)) ? (...args: unknown[]) => gate(() => method(...args)) : method
    },
  })
}
