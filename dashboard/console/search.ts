import { compact, pick } from 'es-toolkit'
import { isKnownWorld, latestWorlds, worldsWithEntity } from '../../cache/world-facts.ts'
import { findJob } from '../../queues/find-job.ts'
import type { CollectDeps } from './collect.ts'
import type { Found } from './overview.ts'

/** The latest worlds, whose ids are searched; of one that is given whole it does not matter when it was active. */
const latestSearched = 10_000
/** Worlds that are looked through for an entity. */
const worldsLookedThrough = 200
const mostFound = 20

/** Worlds whose ids hold the text; entities and jobs whose id it is. */
export async function search(
  { sources, queues }: Pick<CollectDeps, 'sources' | 'queues'>,
  text: string,
): Promise<Found> {
  const notLooked: string[] = []
  /** What one server does not tell is left out, and said; the rest is found. */
  const orNone = <T>(looking: Promise<T[]>): Promise<T[]> =>
    looking.catch((error: Error) => {
      if (!notLooked.includes(error.message)) notLooked.push(error.message)
      return []
    })
  const lookForJobs = Promise.all(queues.map(({ name }) => findJob(queues, { queue: name, id: text })))
  const findingJobs = orNone(lookForJobs)
  const [exact, latest] = await Promise.all([
    orNone(isKnownWorld(sources.cache, text).then(isKnown => (isKnown ? [text] : []))),
    orNone(latestWorlds(sources.cache, latestSearched)),
  ])
  const known = [...new Set([...exact, ...latest.map(([id]) => id)])]
  const wanted = text.toLowerCase()
  const entities = await orNone(worldsWithEntity(sources.cache, known.slice(0, worldsLookedThrough), text))
  const jobs = await findingJobs
  return {
    worlds: known
      .filter(id => id.toLowerCase().includes(wanted))
      .slice(0, mostFound)
      .map(id => ({ id, what: 'world' })),
    entities: entities.slice(0, mostFound).map(found => ({ ...found, id: text })),
    jobs: compact(jobs).map(job => pick(job, ['queue', 'id', 'name', 'state'])),
    notLooked,
  }
}
