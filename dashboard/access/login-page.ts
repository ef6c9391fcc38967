import { escapeHtml, htmlPage } from '../html.ts'

/** The form that asks for a token. */
export function loginPage({ next, refused = false }: { next: string; refused?: boolean }): string {
  const problem = refused
    ? '<p class="problem" role="alert">That is no token of this Hearth. Ask the operator who set HEARTH_TOKENS.</p>'
    : ''
  return htmlPage({
    title: 'Log in · Hearth',
    body: `<main class="narrow">
<h1>Hearth</h1>
<form method="post" action="/login" class="card">
${problem}
<label for="token">Your token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<input type="hidden" name="next" value="${escapeHtml(next)}">
<button class="primary">Log in</button>
</form>
</main>`,
  })
}
