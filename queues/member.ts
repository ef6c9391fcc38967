import { z } from 'zod'

const count = z.number().nonnegative()

/** How a process is at the moment; it says so with each of its turns. */
const status = z.object({
  /** When it said so. Milliseconds since 1970. */
  at: z.number(),
  /** Whether its reads use the cache. */
  cache: z.string().max(64),
  /** Its near cache; null where it has none. */
  near: z.object({ state: z.string().max(64), bytes: count, entries: count }).nullable(),
  /** How late its event loop was in the last seconds: of a hundred turns, the second latest. Milliseconds. */
  loopDelayMs: count,
  rssBytes: count,
  heapBytes: count,
})

export type MemberStatus = z.output<typeof status>

const member = z.object({
  id: z.string(),
  /** Like `worker`, `scheduler`, `backend`. */
  name: z.string(),
  /** `host:pid`. */
  by: z.string(),
  /** What decides about cached values in it, part by part. */
  fingerprint: z.record(z.string(), z.string()),
  /** When it began. Milliseconds since 1970; absent in processes of an older version, like what follows. */
  since: z.number().optional(),
  /** Of Hearth. */
  version: z.string().max(64).optional(),
  // Written by another version in a way that is not understood, it is as good as absent.
  status: status.optional().catch(undefined),
})

/** A process of the fleet, as the others see it. */
export type Member = z.output<typeof member>

/** A process that ended without a word, and when that was noticed. Milliseconds since 1970. */
export type LostMember = Member & { lostAt: number }

const lostMember = member.extend({ lostAt: z.number() })

/** Null for what another version has written in a way that is not understood. */
export const memberOf = (text: string): Member | null => parsed(member, text)
export const lostMemberOf = (text: string): LostMember | null => parsed(lostMember, text)

function parsed<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

/** Where the processes of a fleet announce themselves. */
export const memberKeys = (prefix: string) => ({
  /** Set: the ids of all. */
  all: `${prefix}:processes`,
  /** Text: one of them, as long as it lives. */
  of: (id: string) => `${prefix}:process:${id}`,
  /** List: those that ended without a word, the last first. */
  lost: `${prefix}:processes:lost`,
})
