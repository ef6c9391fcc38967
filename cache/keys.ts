import { HearthError } from '../errors.ts'
import { idProblem, isId, plainId } from '../ids.ts'

/** What an entry holds; also the only label of its metrics. */
export type Kind = 'flags' | 'snapshot' | 'entity' | 'timeline'
export const kinds: readonly Kind[] = ['flags', 'snapshot', 'entity', 'timeline']

/** One cached value and the lease that guards it. */
export interface Entry {
  readonly kind: Kind
  readonly worldId: string
  readonly key: string
  readonly lease: string
}

interface Ref {
  readonly type: 'character' | 'location' | 'object'
  readonly id: string
}

/** Every Redis key that Hearth uses in the cache, and nothing else makes one. */
export interface Keys {
  flags(worldId: string): Entry
  snapshot(worldId: string): Entry
  entity(worldId: string, ref: Ref): Entry
  timeline(worldId: string, entityId: string): Entry
  /** Integer, raised by every invalidation. */
  version(worldId: string): string
  /** Stands for a while after a recorded change was invalidated directly, so that the relay need not do it again. */
  confirmed(worldId: string, outboxId: string): string
  /** Integer: how many entries the world has when it is wholly warm. */
  due(worldId: string): string
  /** Sorted set: entity id, how often its timeline is read. */
  popularity(worldId: string): string
  /** Sorted set: world id, when it was last activated or read (ms since 1970). */
  readonly activeWorlds: string
  /** Sorted set: world id, when it was last deactivated (ms since 1970). */
  readonly deactivatedWorlds: string
  /** Sorted set: world id, when its popularity was last decayed (ms since 1970). */
  readonly countedWorlds: string
  /** What all keys of one world begin with, and no key of another world does. */
  worldPrefix(worldId: string): string
}

/**
 * An id as it stands in a key: `A-Z a-z 0-9 . _ -` as they are, every other byte of its UTF-8 percent-encoded
 * (RFC 3986), so that no two ids share an encoding and none contains a colon or a brace.
 * Throws `InvalidInput`, naming `field`, for what is no id (see ids.ts).
 */
export function encodeId(id: string, field: string): string {
  if (typeof id === 'string' && plainId.test(id)) return id
  const problem = idProblem(id)
  if (problem !== null) throw new HearthError('InvalidInput', `${field} ${problem}`)
  return encodeURIComponent(id).replace(/[!~*'()]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** The id that `encodeId` was given; undefined for what it never makes: another program may have written any key. */
export function decodeId(encoded: string): string | undefined {
  if (plainId.test(encoded)) return encoded
  try {
    const id = decodeURIComponent(encoded)
    return isId(id) && encodeId(id, 'id') === encoded ? id : undefined
  } catch {
    return undefined // a percent sign that begins no byte, or bytes that are no UTF-8
  }
}

/** @param cluster on a Redis Cluster a world's id stands in literal braces, so that all its keys share a slot. */
export function createKeys({ cluster = false }: { cluster?: boolean } = {}): Keys {
  const world = (worldId: string) => {
    const id = encodeId(worldId, 'worldId')
    return cluster ? `lw:world:{${id}}` : `lw:world:${id}`
  }
  const entry = (kind: Kind, worldId: string, rest: string): Entry => {
    const key = `${world(worldId)}:${rest}`
    return { kind, worldId, key, lease: `${key}:lease` }
  }

  return {
    flags: worldId => entry('flags', worldId, 'flags'),
    snapshot: worldId => entry('snapshot', worldId, 'state'),
    entity: (worldId, { type, id }) =>
      entry('entity', worldId, `${type}:${encodeId(id, `${type} id`)}:state`),
    timeline: (worldId, entityId) =>
      entry('timeline', worldId, `timeline:${encodeId(entityId, 'entityId')}:recent`),
    version: worldId => `${world(worldId)}:ver`,
    confirmed: (worldId, outboxId) => `${world(worldId)}:confirmed:${encodeId(outboxId, 'outboxId')}`,
    due: worldId => `${world(worldId)}:due`,
    popularity: worldId => `${world(worldId)}:popularity`,
    activeWorlds: 'lw:worlds:active',
    deactivatedWorlds: 'lw:worlds:deactivated',
    countedWorlds: 'lw:worlds:counted',
    worldPrefix: worldId => `${world(worldId)}:`,
  }
}
