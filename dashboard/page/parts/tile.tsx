import type { ComponentChildren } from 'preact'

export const Tiles = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <section class="tiles" aria-label={label}>
    {children}
  </section>
)

interface TileProps {
  name: string
  value: string
  note?: ComponentChildren
  isBad?: boolean
  /** Where more of it is. */
  href?: string
}

/** One figure that an operator looks at first. */
export function Tile({ name, value, note, isBad = false, href }: TileProps) {
  return (
    <div class={isBad ? 'tile bad' : 'tile'} data-key={name}>
      <span class="name">{href ? <a href={href}>{name}</a> : name}</span>
      <span class="value">{value}</span>
      <span class="note">{note}</span>
    </div>
  )
}
