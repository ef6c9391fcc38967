import { escape as escapeHtml } from 'es-toolkit'
import type { Who } from '../access/access.ts'
import { reaches } from '../access/tokens.ts'
import { htmlPage } from '../html.ts'

interface PageFacts {
  pages: readonly { name: string; path: string }[]
  who: Who | null
}

/** The page at `/`. Its script fills it; without one it still tells where everything is. */
export function overviewPage({ pages, who }: PageFacts): string {
  const links = pages
    .filter(({ path }) => path !== '/')
    .map(({ name, path }) => `<a href="${path}">${name}</a>`)
    .join('\n')
  const operates = who !== null && reaches(who.role, 'operate')
  const logout = who?.session
    ? `<form method="post" action="/logout"><span>${escapeHtml(who.name)} (${who.role})</span> <button>Log out</button></form>`
    : ''
  return htmlPage(
    'Hearth',
    `<a class="skip" href="#main">To the worlds</a>
<header>
<h1>Hearth</h1>
<nav aria-label="Pages">${links}</nav>
${searchForm}
<p id="line" role="status"></p>
${logout}
</header>
<main id="main" data-operates="${operates}">
${sections}
</main>
<dialog id="ask" aria-labelledby="ask-title"></dialog>
`,
    '<script src="/assets/overview.js" defer></script>\n',
  )
}

const searchForm = `<form id="search" role="search">
<label for="q" class="unseen">Find a world, an entity or a job by its id</label>
<input id="q" type="search" placeholder="World, entity or job id" maxlength="256" autocomplete="off">
<button>Find</button>
</form>`

const sections = `<noscript><p class="problem">The overview is drawn by a script. The other pages do without.</p></noscript>
<div id="problems" role="alert"></div>
<section id="found" aria-label="Found" hidden></section>
<section id="jobs" aria-label="Jobs begun here" hidden></section>
<section id="tiles" aria-label="The fleet"></section>
<section aria-label="The last hour" data-of="queue">
<p class="as-of" hidden></p>
<div class="charts">
<figure><figcaption>Hit rate, %</figcaption><div id="hit-rate"></div></figure>
<figure><figcaption>Reads a second</figcaption><div id="reads"></div></figure>
</div>
</section>
<section aria-labelledby="worlds-title" data-of="cache"><h2 id="worlds-title">Worlds</h2><p class="as-of" hidden></p><div id="worlds"><p class="empty">Looking …</p></div></section>
<section aria-labelledby="queue-stats-title" data-of="queue"><h2 id="queue-stats-title">Queues</h2><p class="as-of" hidden></p><div id="queue-stats"></div></section>
<div class="pair">
<section aria-labelledby="schedules-title" data-of="queue"><h2 id="schedules-title">Rounds</h2><p class="as-of" hidden></p><div id="schedules"></div></section>
<section aria-labelledby="breakers-title"><h2 id="breakers-title">Breakers</h2><div id="breakers"></div></section>
</div>
<section aria-labelledby="near-title"><h2 id="near-title">Near cache of this process</h2><div id="near"></div></section>
<section aria-labelledby="audit-title" data-of="queue"><h2 id="audit-title">Consistency, the last 7 days</h2><p class="as-of" hidden></p><div id="audit"></div></section>
<section aria-labelledby="actions-title" data-of="queue"><h2 id="actions-title">Done by hand</h2><p class="as-of" hidden></p><div id="actions"></div></section>`
