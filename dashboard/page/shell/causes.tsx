import type { CauseRow } from '../../console/overview.ts'
import { heardAt, overview, silence } from '../data/feed.ts'
import { clock } from '../data/words.ts'
import { Coded } from '../parts/coded.tsx'

/** No frame has come for a while, so that nothing on the page is new. */
const silenceCause = (): CauseRow => ({
  key: 'silence',
  text: 'The page has no news from its server, so what it shows is old.',
  help: 'Does `hearth dashboard` still run, and does this machine reach it? The page tries again by itself.',
  links: [],
  since: heardAt.value,
})

/** One box for each cause: what it is, since when, and what helps. */
export function Causes() {
  const known = overview.value?.causes ?? []
  const causes = silence.value > 0 ? [silenceCause(), ...known] : known
  return (
    <div id="problems" role="alert">
      {causes.map(({ key, text, help, links, since }) => (
        <div key={key} class="problem">
          <p>
            <strong>
              <Coded text={text} />
            </strong>{' '}
            Since {clock(since)}.
          </p>
          <p>
            <Coded text={help} />
            {links.map(({ text, href }) => (
              <a key={href} class="more" href={href}>
                {text}
              </a>
            ))}
          </p>
        </div>
      ))}
    </div>
  )
}
