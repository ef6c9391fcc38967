import type { Cache } from '../../cache/cache.ts'
import type { Target } from '../../cache/changes.ts'
import { id } from '../../ids.ts'
import { entityTypes } from '../../world/world.ts'

/** Of so many of the most read entities a sample is drawn. */
const mostPopular = 2_000

/**
 * Entities drawn by how often they are read, each once: one that is read ten times as often is ten times as likely to
 * be drawn next. (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.)
 */
export async function sampleOf(
  { popularity }: Pick<Cache, 'popularity'>,
  worldId: string,
  size: number,
): Promise<string[]> {
  const popular = await popularity.topScores(worldId, mostPopular)
  return popular
    .filter(entity => id.safeParse(entity.id).success) // another program may have written anything
    .map(entity => ({ id: entity.id, draw: Math.log(1 - Math.random()) / entity.score }))
    .sort((a, b) => b.draw - a.draw)
    .slice(0, size)
    .map(entity => entity.id)
}

/** What may be cached of these entities: popularity does not know of what type they are. */
export function targetsOf(entityIds: readonly string[]): Target[] {
  return entityIds.flatMap((id): Target[] => [
    { kind: 'timeline', id },
    ...entityTypes.map(type => ({ kind: 'entity', type, id }) as const),
  ])
}
