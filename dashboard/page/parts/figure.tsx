import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import type { Figure as FigureOf } from '../../console/figure.ts'
import { now } from '../data/clock.ts'
import { ago, clock } from '../data/words.ts'

interface FigureProps<T> {
  of: FigureOf<T>
  /** What it is, as a sentence begins: `The queues`. */
  what: string
  children(value: T): ComponentChildren
}

/** What a source answered last. Where nothing newer came, it says how old that is and why; where nothing came, since when. */
export function Figure<T>({ of, what, children }: FigureProps<T>) {
  const failingSince = useRef<number | null>(null)
  failingSince.current = of.error === null ? null : (failingSince.current ?? Date.now())
  const { value, at, error } = of
  if (value === null) {
    if (error === null) return <p class="empty">Looking …</p>
    return (
      <p class="problem">
        {what}: not known since {clock(failingSince.current ?? Date.now())}: {error}.
      </p>
    )
  }
  if (error === null) return <>{children(value)}</>
  return (
    <div class="old-figure">
      <p class="as-of">
        As of {at === null ? 'some time ago' : `${clock(at)}, ${ago(at, now.value)}`}: {error}.
      </p>
      <div class="old">{children(value)}</div>
    </div>
  )
}
