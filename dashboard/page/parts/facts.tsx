import type { ComponentChildren } from 'preact'

export const Facts = ({ children }: { children: ComponentChildren }) => <dl class="facts">{children}</dl>

/** One figure of a list of facts, and what stands behind it. */
export function Fact({
  name,
  children,
  note,
}: {
  name: string
  children: ComponentChildren
  note?: ComponentChildren
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {note && <> {note}</>}
      </dd>
    </div>
  )
}
