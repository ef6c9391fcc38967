import { useEffect } from 'preact/hooks'
import { silence } from '../data/feed.ts'
import { pageAt } from '../pages/pages.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Empty } from '../parts/empty.tsx'
import { path } from '../router.ts'
import { Causes } from './causes.tsx'
import { DoneHere } from './done-here.tsx'
import { Header } from './header.tsx'
import { Found } from './search.tsx'

/** What stands on every page: the header, what is wrong, what was found and begun here; and the page itself. */
export function Shell() {
  const found = pageAt(path.value)
  const title = found ? found.page.title(found.params) : 'Not found'
  useEffect(() => {
    document.title = `${title} · Hearth`
  }, [title])
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <Header />
      <main id="main" tabIndex={-1} class={silence.value > 0 ? 'old' : ''}>
        <Causes />
        <Found />
        <DoneHere />
        {found ? (
          <found.page.Page key={path.value} params={found.params} />
        ) : (
          <Empty>
            There is no page at this address. <a href="/">To the state of the fleet</a>
          </Empty>
        )}
      </main>
      <Confirm />
    </>
  )
}
