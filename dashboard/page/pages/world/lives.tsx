import type { WarmthView } from '../../../console/world/view.ts'
import { duration } from '../../data/words.ts'
import { Histogram } from '../../parts/histogram.tsx'

/** How long what is cached still lives. */
export function Lives({ warmth: { lives, lifeBoundsMs, forEver } }: { warmth: WarmthView }) {
  const bars = lives.map((value, i) => {
    const bound = lifeBoundsMs[i]
    const name =
      bound === undefined ? `${duration(lifeBoundsMs.at(-1) ?? 0)} or more` : `less than ${duration(bound)}`
    return { name, value }
  })
  return (
    <Histogram
      label="Entries by their remaining life"
      bars={[...bars, { name: 'without end', value: forEver }]}
    />
  )
}
