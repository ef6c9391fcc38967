import { line } from '../data/feed.ts'
import { given } from '../data/given.ts'
import { pages } from '../pages/pages.ts'
import { path } from '../router.ts'
import { SearchForm } from './search.tsx'

/** Who this is, where one can go, the search, and whether the page is live. */
export function Header() {
  const { session, links } = given
  const { text, isBad } = line.value
  return (
    <header>
      <div class="top">
        <a class="brand" href="/">
          <img src="/assets/icon.svg" alt="" width="22" height="22" />
          Hearth
        </a>
        <p id="line" role="status" class={isBad ? 'bad' : ''}>
          {text}
        </p>
        <SearchForm />
        {session && (
          <form method="post" action="/logout">
            <span>
              {session.name} ({session.role})
            </span>
            <button type="submit">Log out</button>
          </form>
        )}
      </div>
      <nav aria-label="Pages">
        {pages.map(
          ({ name, pattern }) =>
            name && (
              <a key={pattern} href={pattern} aria-current={isWithin(pattern) ? 'page' : undefined}>
                {name}
              </a>
            ),
        )}
        <span class="beside">
          {links.map(({ name, path }) => (
            <a key={path} href={path}>
              {name}
            </a>
          ))}
        </span>
      </nav>
    </header>
  )
}

/** A world's page belongs to the worlds. */
const isWithin = (pattern: string): boolean =>
  path.value === pattern || (pattern !== '/' && path.value.startsWith(`${pattern}/`))
