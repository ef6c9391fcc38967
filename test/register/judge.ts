import type { Board } from './board.ts'
import { type Counts, type Registers, registerNumbers } from './setup.ts'

/** Knows what was acknowledged, and judges reads by it. */
export interface Judge {
  /** Call it before a read begins, and the answer with what the read returned. */
  expect(register: string): (seen: number) => void
  acknowledge(register: string, value: number): void
  /** Descriptions of some stale reads. */
  readonly stale: readonly string[]
}

const examples = 5

export function createJudge(registers: Registers, board: Board, counts: Counts): Judge {
  const numbers = registerNumbers(registers)
  const numberOf = (register: string) => numbers.get(register) as number
  const stale: string[] = []

  return {
    expect(register) {
      const least = board.least(numberOf(register))
      return seen => {
        counts.reads += 1
        if (seen >= least) return
        counts.staleReads += 1
        if (stale.length < examples) stale.push(`${register}: read ${seen} after ${least} was acknowledged`)
      }
    },
    acknowledge: (register, value) => board.acknowledge(numberOf(register), value),
    stale,
  }
}
