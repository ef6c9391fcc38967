/** Numbers that look random and are the same in every run. */
export type Random = ReturnType<typeof randomOf>

/**
 * The generator mulberry32 by Tommy Ettinger (2017, public domain): 32 bits of state, one number a step. Each pair of
 * a seed and a stream is a sequence of its own, so that the thousandth entity needs none before it.
 */
export function randomOf(seed: number, stream: number) {
  let state = scrambled(scrambled(seed) ^ stream)
  /** From 0 up to, but not including, 1. */
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0
    return (scrambled(state) >>> 0) / 2 ** 32
  }
  /** A whole number from 0 up to, but not including, `limit`. */
  const below = (limit: number) => Math.floor(fraction() * limit)
  /** One of a list that is not empty. */
  const pick = <T>(from: readonly T[]) => from[below(from.length)] as T
  return { fraction, below, pick }
}

/** Mulberry32's output step: every bit of the answer depends on every bit of the state. */
function scrambled(state: number): number {
  const a = Math.imul(state ^ (state >>> 15), state | 1)
  const b = a ^ (a + Math.imul(a ^ (a >>> 7), a | 61))
  return b ^ (b >>> 14)
}
