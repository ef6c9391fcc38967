/** How long the page waits for an answer. Milliseconds. */
const patienceMs = 3_000

/**
 * The answer to a GET; `anew`, not one that the server has given before. Rejects with what the problem says, or why none
 * came; without a login the page asks for one.
 */
export async function getJson<T>(url: string, { anew = false } = {}): Promise<T> {
  const signal = AbortSignal.timeout(patienceMs)
  const headers = anew ? { 'cache-control': 'no-cache' } : {}
  const answer = await fetch(url, { headers, signal }).catch((error: Error) => {
    if (error.name === 'TimeoutError') throw new Error(`no answer within ${patienceMs / 1_000} s`)
    throw new Error('the server of this page cannot be reached')
  })
  if (answer.status === 401) logIn()
  const body = await answer.json().catch(() => null)
  if (!answer.ok) throw new Error(body?.detail ?? `the server answered with ${answer.status}`)
  return body as T
}

/** Leaves for the login, which comes back to this page. */
export function logIn(): void {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`)
}
