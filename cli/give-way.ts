import os from 'node:os'

/**
 * Warming can wait; the game and the HTTP API cannot, where they share a machine. `nice` is Unix's: the higher, the more
 * this process gives way. What whoever started it gave already is never taken back.
 */
export function giveWay(nice: number): void {
  if (os.getPriority() < nice) os.setPriority(nice)
}
