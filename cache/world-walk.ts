import { partition } from 'es-toolkit'
import type { Target } from '../model/world-data.ts'
import type { Keys } from './keys.ts'
import { type KeyspacePlace, scanPage } from './keyspace.ts'
import { pipelined } from './pipeline.ts'
import type { CacheRedis } from './scripts.ts'
import type { WorldIndex } from './world-index.ts'

/** How far a walk through a world has come: in its index, or in the keyspace while there may be entries that it lacks. */
export type WalkPlace = 'start' | { from: string } | KeyspacePlace

/** What there is of a world, or may be: entries, living or being loaded. A page may repeat what an earlier one had. */
export interface WorldPage {
  targets: Target[]
  /** Where to go on: null at the end. */
  next: WalkPlace | null
}

export interface WorldWalk {
  page(worldId: string, place: WalkPlace): Promise<WorldPage>
  /** All pages; of some kinds alone where these are named. */
  pages(worldId: string, kinds?: ReadonlySet<string>): AsyncGenerator<Target[]>
  /** Those of the index alone, whether anything may be missing in it or not. */
  indexed(worldId: string): AsyncGenerator<Target[]>
}

interface WorldWalkDeps {
  redis: CacheRedis
  keys: Keys
  index: Pick<WorldIndex, 'page' | 'isWhole'>
}

export function createWorldWalk({ redis, keys, index }: WorldWalkDeps): WorldWalk {
  const ofWorld = keys.kinds.all.filter(({ per }) => per === 'world').map(({ name }) => ({ kind: name }))
  const names = new Set(ofWorld.map(({ kind }) => kind))

  /** Of each list of keys, whether any is there. */
  async function anyExists(lists: readonly string[][]): Promise<boolean[]> {
    if (lists.length === 0) return []
    const counts = await pipelined(redis, pipeline => lists.forEach(list => void pipeline.exists(list)))
    return counts.map(count => Number(count) > 0)
  }

  /** What is kept of the world itself, which lives for ever, and may be older than the index. */
  async function standing(worldId: string): Promise<Target[]> {
    const entries = ofWorld.map(target => keys.entryOf(worldId, target))
    const exist = await anyExists(entries.map(({ key, lease }) => [key, lease]))
    return ofWorld.filter((_, i) => exist[i])
  }

  async function indexPage(worldId: string, from: string | null): Promise<WorldPage> {
    const [itself, { found, next }] = await Promise.all([
      from === null ? standing(worldId) : [],
      index.page(worldId, from ?? '-inf'),
    ])
    const targets = found.flatMap(key => targetOfKey(keys, worldId, key) ?? [])
    const entities = targets.filter(({ kind }) => !names.has(kind))
    return { targets: [...itself, ...entities], next: next === null ? null : { from: next } }
  }

  /** An entry and its lease may be on two pages: of the two, the entry's key brings the target. */
  async function keyspacePage(worldId: string, place: KeyspacePlace): Promise<WorldPage> {
    const { found, next } = await scanPage(redis, `${keys.worldPrefix(worldId)}*`, place) // an encoded id holds nothing that a pattern would read as its own
    const places = found.flatMap(key => {
      const target = targetOfKey(keys, worldId, key)
      return target ? { target, entry: keys.entryOf(worldId, target), key } : []
    })
    const [entries, leases] = partition(places, ({ entry, key }) => entry.key === key)
    const beside = await anyExists(leases.map(({ entry }) => [entry.key]))
    const alone = leases.filter((_, i) => !beside[i])
    return { targets: [...entries, ...alone].map(({ target }) => target), next }
  }

  async function page(worldId: string, place: WalkPlace): Promise<WorldPage> {
    if (place === 'start') {
      return (await index.isWhole())
        ? indexPage(worldId, null)
        : keyspacePage(worldId, { node: 0, cursor: '0' })
    }
    return 'from' in place ? indexPage(worldId, place.from) : keyspacePage(worldId, place)
  }

  async function* goOn(worldId: string, first: Promise<WorldPage>): AsyncGenerator<Target[]> {
    let { targets, next } = await first
    yield targets
    while (next) {
      ;({ targets, next } = await page(worldId, next))
      yield targets
    }
  }

  return {
    page,
    async *pages(worldId, kinds) {
      for await (const targets of goOn(worldId, page(worldId, 'start'))) {
        yield kinds ? targets.filter(({ kind }) => kinds.has(kind)) : targets
      }
    },
    indexed: worldId => goOn(worldId, indexPage(worldId, null)),
  }
}

/** Which value's key this is, or whose lease; undefined for a key that is neither. */
export function targetOfKey(keys: Keys, worldId: string, key: string): Target | undefined {
  const rest = key.slice(keys.worldPrefix(worldId).length)
  const entry = keys.kinds.parseKey(rest) // first, since an entity may be called lease
  if (entry || !rest.endsWith(':lease')) return entry
  return keys.kinds.parseKey(rest.slice(0, -':lease'.length))
}
