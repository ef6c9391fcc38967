import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'

/**
 * The newest acknowledged value of every register, in a file that all processes have open. A look costs one system call,
 * so it does not slow down the reads that it judges, and no fault of a server can hide a value from it.
 */
export interface Board {
  /** A read that begins now may return nothing less. */
  least(register: number): number
  acknowledge(register: number, value: number): void
}

interface BoardPlace {
  file: string
  processes: number
  /** Which of the processes this is. */
  index: number
}

/** A value stands twice: a look in the middle of its writing sees the older one in at least one of the places. */
const slotBytes = 16

export function createBoardFile(file: string, registers: number, processes: number): void {
  const descriptor = openSync(file, 'w')
  ftruncateSync(descriptor, registers * processes * slotBytes)
  closeSync(descriptor)
}

/** Each process writes only into slots of its own, and looks at those of all. */
export function openBoard({ file, processes, index }: BoardPlace): Board {
  const descriptor = openSync(file, 'r+')
  const row = Buffer.alloc(processes * slotBytes)
  const slot = Buffer.alloc(slotBytes)
  const acknowledged = new Map<number, number>()

  return {
    least(register) {
      readSync(descriptor, row, 0, row.length, register * row.length)
      let least = 0
      for (let at = 0; at < row.length; at += slotBytes) {
        least = Math.max(least, Math.min(row.readDoubleLE(at), row.readDoubleLE(at + 8)))
      }
      return least
    },
    acknowledge(register, value) {
      if (value <= (acknowledged.get(register) ?? 0)) return
      acknowledged.set(register, value)
      slot.writeDoubleLE(value, 0)
      slot.writeDoubleLE(value, 8)
      writeSync(descriptor, slot, 0, slotBytes, register * row.length + index * slotBytes)
    },
  }
}
