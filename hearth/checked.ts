import {
  bookmarksOf,
  boundedList,
  type Check,
  entityRef,
  idOf,
  object,
  options,
  withChecks,
  worldIdOf,
  wrong,
} from '../model/arguments.ts'
import { HearthError } from '../model/errors.ts'
import type { Kind } from '../model/kind.ts'

/** Of each method that answers with a promise. Where it makes a key of an id, that is its check: a hit pays no second one. */
const checks = {
  flags: (_, given) => readOptions(given),
  snapshot: (_, given) => readOptions(given),
  entity(_, ref, given) {
    entityRef(ref, 'ref')
    readOptions(given)
  },
  entities(worldId, refs, given) {
    worldIdOf(worldId)
    for (const [i, ref] of boundedList(refs, 'refs').entries()) entityRef(ref, `refs.${i}`)
    readOptions(given)
  },
  timeline: (_, __, given) => readOptions(given),
  timelines(worldId, entityIds, given) {
    worldIdOf(worldId)
    boundedList(entityIds, 'entityIds')
    readOptions(given)
  },
  read(kind, worldId, ...[first, second]) {
    const { per } = kindOf(kind)
    worldIdOf(worldId)
    readOptions(per === 'world' ? first : second)
  },
  readMany(kind, worldId, items, given) {
    kindOf(kind)
    worldIdOf(worldId)
    boundedList(items, 'items')
    readOptions(given)
  },
  activated: worldIdOf,
  deactivated: worldIdOf,
  warm: withOptions,
  refresh(worldId, entities) {
    worldIdOf(worldId)
    if (Array.isArray(entities)) boundedList(entities, 'entities')
  },
  audit: withOptions,
  changed(worldId, _, given) {
    withOptions(worldId, given)
    const { recorded, bookmark } = (given ?? {}) as { recorded?: unknown; bookmark?: unknown }
    if (recorded !== undefined) idOf(recorded, 'options.recorded')
    if (bookmark !== undefined) bookmarksOf(bookmark, 'options.bookmark')
  },
  invalidate(worldId, targets) {
    worldIdOf(worldId)
    if (Array.isArray(targets)) boundedList(targets, 'targets') // each is checked by what knows the kinds
  },
  setFlags: (worldId, _, given) => withOptions(worldId, given),
  saveSnapshot: (worldId, _, given) => withOptions(worldId, given),
  appendEvents: worldIdOf,
  version: worldIdOf,
  consistent(worldId, read) {
    worldIdOf(worldId)
    if (typeof read !== 'function') throw wrong('read', 'must be a function', read)
  },
} satisfies Record<string, Check>

function kindOf(given: unknown): Kind {
  if (typeof given === 'object' && given !== null && 'staleBy' in given && 'per' in given)
    return given as Kind
  throw wrong('kind', 'must come from defineKind', given)
}

interface Checkable extends Record<keyof typeof checks, (...args: never[]) => Promise<unknown>> {
  notifyRelay(): void
  jobDeps(options?: never): unknown
  close(): Promise<void>
}

/** The same, with arguments that are checked before anything is done, and `Closed` after `close()`. */
export function checkedHearth<H extends Checkable>(hearth: H): H {
  let isClosed = false

  function requireOpen(): void {
    if (isClosed) throw new HearthError('Closed', 'this hearth was closed: create another one')
  }

  return {
    ...withChecks<H>(hearth, checks, requireOpen),
    notifyRelay() {
      requireOpen()
      hearth.notifyRelay()
    },
    jobDeps(given?: never) {
      requireOpen()
      options(given)
      return hearth.jobDeps(given)
    },
    close() {
      isClosed = true
      return hearth.close()
    },
  }
}

function withOptions(worldId: unknown, given: unknown): void {
  worldIdOf(worldId)
  options(given)
}

function readOptions(given: unknown): void {
  if (given === undefined) return
  const { signal, maxStaleMs } = object(given, 'options')
  if (maxStaleMs !== undefined && !(typeof maxStaleMs === 'number' && maxStaleMs >= 0))
    throw wrong('options.maxStaleMs', 'must be a number of at least 0', maxStaleMs)
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw wrong('options.signal', 'must be an AbortSignal', signal)
}
