import { createHash, timingSafeEqual } from 'node:crypto'
import { HearthError } from '../../model/errors.ts'

/** What a token allows; each role may do what those before it may. */
const roles = ['read', 'write', 'operate'] as const

/**
 * `read`: see everything but Bull Board. `write`: also tell of what the game did. `operate`: also warm, refresh and
 * invalidate by hand, and use Bull Board, which can delete jobs.
 */
export type Role = (typeof roles)[number]

export const reaches = (has: Role, needed: Role): boolean => roles.indexOf(has) >= roles.indexOf(needed)

/** Who asks, and what that token allows. */
export interface Principal {
  /** What the log and the page call them. */
  readonly name: string
  readonly role: Role
  /** SHA-256 of the token, which itself is kept nowhere. */
  readonly hash: Buffer
}

/** Below this a token could be guessed. Characters. */
const shortestToken = 16

const right = `<name>:<role>:<token>, the role one of ${roles.join(', ')}, the token at least ${shortestToken} characters without spaces or commas`

/**
 * Reads `name:role:token`, separated by commas or lines; a line that begins with `#` is a comment.
 * Throws `InvalidConfig`, which tells every wrong entry by its place and never shows a token.
 */
export function parseTokens(text: string, from: string): Principal[] {
  const entries = text
    .split('\n')
    .filter(line => !line.trimStart().startsWith('#'))
    .flatMap(line => line.split(','))
    .map(entry => entry.trim())
    .filter(entry => entry !== '')
  const problems: string[] = []
  const principals: Principal[] = []
  entries.forEach((entry, i) => {
    const [, name = '', role = '', token = ''] = /^([^:]*):([^:]*):(\S*)$/.exec(entry) ?? []
    const which = `entry ${i + 1} of ${from}`
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(name) || token.length < shortestToken || !isRole(role))
      problems.push(`${which} is wrong; expected ${right}`)
    else if (principals.some(known => known.name === name))
      problems.push(`${which} is called ${name}, as another one is; each needs a name of its own`)
    else principals.push({ name, role, hash: hashOf(token) })
  })
  if (entries.length === 0) problems.push(`${from} holds no token; expected ${right}`)
  if (problems.length > 0) throw new HearthError('InvalidConfig', problems.join('\n  '))
  return principals
}

/**
 * Whose token this is. It takes as long for each of them: hashes of one length are compared in constant time, with all
 * of them every time.
 */
export function principalOf(principals: readonly Principal[], token: string): Principal | undefined {
  const hash = hashOf(token)
  let found: Principal | undefined
  for (const principal of principals) {
    if (timingSafeEqual(principal.hash, hash)) found = principal
  }
  return found
}

const isRole = (text: string): text is Role => roles.some(role => role === text)
const hashOf = (token: string) => createHash('sha256').update(token).digest()
