/** Where values have nothing known before and after them: no line goes through these, so they are drawn as points. */
export function isolatedIn(values: ArrayLike<number | null | undefined>): number[] {
  const isKnown = (i: number) => values[i] !== null && values[i] !== undefined
  return Array.from(values, (_value, i) => i).filter(i => isKnown(i) && !isKnown(i - 1) && !isKnown(i + 1))
}
