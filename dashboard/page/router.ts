import { computed, signal } from '@preact/signals'

const read = () => ({ path: location.pathname, query: location.search })

const current = signal(read())

/** The path of the page that is shown. */
export const path = computed(() => current.value.path)

/** What is asked of the page: filters, order, tabs. They stand in its address, so every view can be passed on. */
export const query = computed(() => new URLSearchParams(current.value.query))

/** Shows another page of the console, at its top and with the focus there. */
export function go(href: string): void {
  history.pushState(null, '', href)
  current.value = read()
  scrollTo(0, 0)
  document.getElementById('main')?.focus({ preventScroll: true })
}

/** Changes what is asked of this page; null takes it out. Without a step in the history. */
export function setQuery(changes: Record<string, string | null>): void {
  const next = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
  }
  const text = next.toString()
  history.replaceState(null, '', text === '' ? location.pathname : `?${text}`)
  current.value = read()
}

/** Follows the links of pages that `isOurs` without loading them anew, and the browser's buttons back and forward. */
export function startRouter(isOurs: (path: string) => boolean): void {
  addEventListener('popstate', () => {
    current.value = read()
  })
  document.addEventListener('click', event => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || event.defaultPrevented || event.button !== 0 || link.target !== '') return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const { origin, pathname, search, hash } = new URL(link.href)
    if (origin !== location.origin || hash !== '' || !isOurs(pathname)) return
    event.preventDefault()
    go(pathname + search)
  })
}

/** The parameters of a path that fits a pattern like `/worlds/:worldId`; null of one that does not. */
export function match(pattern: string, of: string): Record<string, string> | null {
  const [wanted, found] = [pattern.split('/'), of.split('/')]
  if (wanted.length !== found.length) return null
  const params: Record<string, string> = {}
  for (const [i, part] of wanted.entries()) {
    const text = found[i] ?? ''
    if (!part.startsWith(':')) {
      if (part !== text) return null
      continue
    }
    try {
      params[part.slice(1)] = decodeURIComponent(text)
    } catch {
      return null
    }
    if (text === '') return null
  }
  return params
}
