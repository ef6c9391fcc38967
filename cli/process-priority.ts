import os from 'node:os'

/**
 * Warming can wait; the game and the HTTP API cannot, where they share a machine. `nice` is Unix's: the higher it is, the
 * more this process gives way. A higher value that the process was started with stays.
 */
export function lowerPriority(nice: number): void {
  if (os.getPriority() < nice) os.setPriority(nice)
}
