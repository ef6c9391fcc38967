import { demoWorld } from '../../world/demo/demo.ts'

export const worldId = 'bench'
/** Some 5.6 kB of JSON. */
export const eventsPerEntity = 14

export interface WriterSetup {
  cache: string
  queue: string
  entities: number
  changesPerSecond: number
}

/** The same in each process. */
export const generatedWorld = (entities: number) =>
  demoWorld({ worldId, entities, eventsPerEntity, exactEventsPerEntity: true })
