import { sortBy, uniqBy } from 'es-toolkit'
import { asError, HearthError } from '../model/errors.ts'
import { type LostMember, lostMemberOf, type Member, memberKeys, memberOf } from './member.ts'
import { impatient, openStore, queueAnswered, type StorePlace } from './redis.ts'

export interface Fleet {
  /** The processes that announce themselves, by name. */
  members: Member[]
  /** Those that ended without a word lately, the last first. */
  lost: LostMember[]
}

/** How long a process that was lost is shown. Milliseconds. */
const lostShownMs = 15 * 60_000

/** Throws `QueueUnavailable`. */
export async function readFleet(place: StorePlace, now = Date.now()): Promise<Fleet> {
  const { redis, prefix } = openStore(place, { ...impatient, lazyConnect: true, use: 'members' })
  const keys = memberKeys(prefix)
  try {
    if (redis.status === 'wait') await redis.connect()
    const [ids, lostTexts] = await queueAnswered(
      Promise.all([redis.smembers(keys.all), redis.lrange(keys.lost, 0, -1)]),
    )
    const texts = ids.length === 0 ? [] : await queueAnswered(redis.mget(ids.map(keys.of)))
    const members = texts.flatMap(text => (text === null ? [] : (memberOf(text) ?? [])))
    const present = new Set(members.map(({ id }) => id)) // one that was only frozen is back
    const lost = lostTexts
      .flatMap(text => lostMemberOf(text) ?? [])
      .filter(({ id, lostAt }) => !present.has(id) && now - lostAt < lostShownMs)
    return { members: sortBy(members, ['name', 'by']), lost: uniqBy(lost, ({ id }) => id) }
  } catch (cause) {
    const problem = `the processes of the fleet cannot be read: ${asError(cause).message}`
    throw new HearthError('QueueUnavailable', problem, { cause })
  } finally {
    redis.disconnect()
  }
}
