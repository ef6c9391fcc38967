import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Principal } from './tokens.ts'

/** How long a login lasts. Milliseconds. */
export const sessionMs = 12 * 60 * 60 * 1000

export interface Session {
  principal: Principal
  id: string
  /** Milliseconds since 1970. */
  endsAt: number
}

/**
 * A login as a cookie's text, signed with the hash of the token that was given: it outlives a restart, is good in
 * every process that knows the token, also while Redis is away, and dies with the token.
 */
export function openSession(principal: Principal, now = Date.now()): { text: string; session: Session } {
  const session = { principal, id: randomUUID(), endsAt: now + sessionMs }
  const content = `${principal.name}~${session.id}~${session.endsAt}`
  return { text: `${content}~${signature(principal, content)}`, session }
}

/** The login that a cookie stands for; undefined for one that was not made here, has ended, or whose token is gone. */
export function readSession(
  principals: readonly Principal[],
  text: string,
  now = Date.now(),
): Session | undefined {
  const [, content = '', name = '', id = '', ends = '', signed = ''] =
    /^(([^~]+)~([^~]+)~(\d+))~([\w-]+)$/.exec(text) ?? []
  const principal = principals.find(known => known.name === name)
  if (!principal || !sameText(signed, signature(principal, content))) return undefined
  const endsAt = Number(ends)
  return endsAt > now ? { principal, id, endsAt } : undefined
}

const signature = (principal: Principal, content: string): string =>
  createHmac('sha256', principal.hash).update(content).digest('base64url')

const sameText = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
