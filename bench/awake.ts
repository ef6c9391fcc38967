import { closeSync, openSync, writeSync } from 'node:fs'

/** Linux' PM QoS: as long as the file is open, no processor falls into a sleep that takes longer to end than it says. */
const file = '/dev/cpu_dma_latency'

/**
 * Keeps the processors awake. On a virtual machine it takes some 50 µs to wake one, several times of what a whole round
 * trip to a Redis beside it takes; a machine that serves a game has no time to sleep.
 * @returns what ends it, or undefined where that is not possible: it takes Linux, and root
 */
export function keepAwake(): (() => void) | undefined {
  try {
    const open = openSync(file, 'w')
    writeSync(open, Buffer.alloc(4)) // microseconds: 0
    return () => closeSync(open)
  } catch {
    return undefined
  }
}
