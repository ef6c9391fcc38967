import type { Cache } from '../../../cache/cache.ts'
import { corrupt, decode } from '../../../cache/values.ts'
import type { Operations } from '../../../jobs/operations.ts'
import { typesOf } from '../../../model/kind.ts'
import type { PopularEntityRow } from './view.ts'

export interface EntitiesDeps {
  cache: Pick<Cache, 'keys' | 'peek' | 'ttlPolicy'>
  operations: Pick<Operations, 'popular'>
}

const shown = 25

/** The entities of a world that are read most, by the names that their cached values have: what is cached is not private. */
export async function popularRows(
  { cache, operations }: EntitiesDeps,
  worldId: string,
): Promise<PopularEntityRow[]> {
  const found = await operations.popular(worldId, shown)
  const named = await namesOf(cache, worldId, found)
  const [counted] = cache.keys.kinds.counted
  const usualMs = counted ? cache.ttlPolicy.usualMs(counted) : 0
  return found.map(({ id, readsPerMinute, expiresInMs }, i) => ({
    id,
    name: named.get(id)?.name ?? null,
    type: named.get(id)?.type ?? null,
    place: i + 1,
    perSecond: readsPerMinute / 60,
    ttlMs: expiresInMs,
    ageMs: expiresInMs === null || expiresInMs > usualMs * 1.1 ? null : Math.max(0, usualMs - expiresInMs),
  }))
}

async function namesOf(
  cache: EntitiesDeps['cache'],
  worldId: string,
  ids: readonly { id: string }[],
): Promise<Map<string, { name: string | null; type: string }>> {
  const kinds = cache.keys.kinds.all.filter(({ per, shape }) => per === 'typed-entity' && shape === 'map')
  const places = ids.flatMap(({ id }) =>
    kinds.flatMap(kind =>
      typesOf(kind).flatMap(type =>
        type === undefined ? [] : [{ kind, type, id, entry: cache.keys.entry(kind, worldId, { type, id }) }],
      ),
    ),
  )
  const { entries } = await cache.peek(
    worldId,
    places.map(({ entry }) => entry),
  )
  const named = new Map<string, { name: string | null; type: string }>()
  places.forEach(({ kind, type, id }, i) => {
    const text = entries[i]?.text
    const value = text ? decode<{ name?: unknown }>(kind, text) : null
    if (value === null || value === corrupt) return
    const name = typeof value.name === 'string' ? value.name : null
    if (!named.has(id) || name !== null) named.set(id, { name, type })
  })
  return named
}
