export interface Line {
  name: string
  /** One for each time; null where nothing is known of it. */
  values: readonly (number | null)[]
}

/** Something that happened at a time: an outage, a deployment, what an operator did. */
export interface Mark {
  at: number
  text: string
  isBad?: boolean
}

export interface ChartProps {
  title: string
  /** Milliseconds since 1970, ascending. */
  times: readonly number[]
  lines: readonly Line[]
  /** A value in words, with its unit. */
  inWords(value: number): string
  /** The axis ends here; without it, above the largest value. */
  max?: number
  /** Values are whole numbers, and so are those at the axis. */
  isWhole?: boolean
  marks?: readonly Mark[]
}
