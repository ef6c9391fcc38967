import { randomUUID } from 'node:crypto'
import { HearthError } from '../../model/errors.ts'
import type { CacheRedis } from '../scripts.ts'
import type { TrackedConnection } from './tracked-connection.ts'

/**
 * A tracked read of a key, its change over another connection, and a fence: the invalidation has to be there before the
 * fence is answered. A proxy whose connections are shared, or a server that only says that it tracks, does not pass.
 * `signalled`: the keys of which this connection has had an invalidation. Rejects where it does not pass.
 */
export type SelfTest = (
  tracked: TrackedConnection,
  reads: CacheRedis,
  signalled: ReadonlySet<string>,
) => Promise<void>

const notSignalled = 'the server accepts CLIENT TRACKING, but did not signal a change in time'

export const wasNotSignalled = ({ message }: Error): boolean => message === notSignalled

export const selfTest: SelfTest = async (tracked, reads, signalled) => {
  const key = `lw:near:${randomUUID()}`
  if (!(await tracked.read([key]))) throw lost(tracked)
  await reads.set(key, '1', 'PX', 1_000)
  if (!(await tracked.fence())) throw lost(tracked)
  if (!signalled.has(key)) throw new HearthError('CacheUnavailable', notSignalled)
}

/** A command that this user may not send ends the connection; what it ended by says whether another one would do. */
const lost = ({ lostBy }: TrackedConnection): Error => lostBy ?? new Error('the connection was lost')
