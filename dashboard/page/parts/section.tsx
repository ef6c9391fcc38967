import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { ServerName } from '../../../telemetry/server-metrics.ts'
import { overview } from '../data/feed.ts'
import { ago } from '../data/words.ts'

interface SectionProps {
  title: string
  children: ComponentChildren
  /** The server that it comes from: while that is away, the section says how old it is. */
  of?: ServerName
  /** Stands at the right of the title: a link to more, a choice. */
  aside?: ComponentChildren
}

/** A part of a page with its title. */
export function Section({ title, children, of, aside }: SectionProps) {
  const id = useId()
  const note = of && ageNote(of)
  return (
    <section class="part" aria-labelledby={id}>
      <div class="head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {note && <p class="as-of">{note}</p>}
      <div class={note ? 'body old' : 'body'}>{children}</div>
    </section>
  )
}

function ageNote(server: ServerName): string | null {
  const frame = overview.value
  if (!frame?.servers[server].isAway) return null
  const { name, answeredAt } = frame.servers[server]
  return answeredAt === null
    ? `Not known: ${name} has not answered yet.`
    : `As of ${ago(answeredAt, frame.at)}: ${name} is away.`
}
