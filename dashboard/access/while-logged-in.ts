import type { PassThrough } from 'node:stream'
import type { AccessDeps, Who } from './access.ts'

/** How often it is asked whether the login was ended, here or in another process. Milliseconds. */
const lookEveryMs = 1_000

/**
 * Ends a stream together with the login that it was opened by: when that is over, or was ended. One opened by a token
 * of the request has none to end with.
 */
export function whileLoggedIn(
  stream: PassThrough,
  who: Who | null,
  revokedSessions: AccessDeps['revokedSessions'],
): PassThrough {
  const session = who?.session
  if (!session) return stream
  const end = () => stream.end()
  const over = setTimeout(end, Math.max(0, session.endsAt - Date.now())).unref()
  const looking = setInterval(async () => {
    if (await revokedSessions.has(session.id)) end()
  }, lookEveryMs).unref()
  stream.on('close', () => {
    clearTimeout(over)
    clearInterval(looking)
  })
  return stream
}
