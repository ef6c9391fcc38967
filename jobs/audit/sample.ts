import type { Cache } from '../../cache/cache.ts'
import { isId } from '../../model/ids.ts'
import { typesOf } from '../../model/kind.ts'
import type { Kinds } from '../../model/kinds.ts'
import type { Target } from '../../model/world-data.ts'

/** A sample is drawn from this many of the most read entities. */
const maxPopular = 2_000

/**
 * Entities drawn by how often they are read, each once: one that is read ten times as often is ten times as likely to
 * be drawn next. (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.)
 */
export async function sampleOf(
  { popularity }: Pick<Cache, 'popularity'>,
  worldId: string,
  size: number,
): Promise<string[]> {
  const popular = await popularity.topScores(worldId, maxPopular)
  return popular
    .filter(entity => isId(entity.id)) // another program may have written anything
    .map(entity => ({ id: entity.id, draw: Math.log(1 - Math.random()) / entity.score }))
    .sort((a, b) => b.draw - a.draw)
    .slice(0, size)
    .map(entity => entity.id)
}

/** What is cached of a world itself. */
export const targetsOfWorld = (kinds: Kinds): Target[] =>
  kinds.all.filter(({ per }) => per === 'world').map(kind => kinds.targetOf(kind, null))

/** What may be cached of these entities: popularity does not know their types. */
export const targetsOfEntities = (kinds: Kinds, entityIds: readonly string[]): Target[] =>
  kinds.all
    .filter(({ per }) => per !== 'world')
    .flatMap(kind =>
      entityIds.flatMap(id =>
        typesOf(kind).map(type => kinds.targetOf(kind, type === undefined ? id : { type, id })),
      ),
    )
