import { randomUUID } from 'node:crypto'
import type { NewEntity, NewEvent, TimelineEvent } from '../../model/world-data.ts'
import type { World } from '../world.ts'
import type { TestRunner } from './runner.ts'

/** What the parts of the contract are given. */
export interface ContractParts extends TestRunner {
  name: string
  /** The world under test; there is none before the tests begin. */
  world(): World
  setup: ReturnType<typeof setupOf>
  sharedIds: boolean
  markEventPrivate: ((worldId: string, eventId: string) => Promise<void>) | undefined
}

export interface MadeWorld {
  worldId: string
  add(...events: NewEvent[]): Promise<string[]>
  timeline(id: string, limit?: number): Promise<TimelineEvent[] | null | undefined>
  eventIds(id: string, limit?: number): Promise<string[] | null>
}

/** Makes a new world of these entities. */
export function setupOf(world: () => World): (...entities: NewEntity[]) => Promise<MadeWorld> {
  return async (...entities) => {
    const worldId = `w-${randomUUID()}`
    await world().saveSnapshot(worldId, { world_name: 'Test' })
    await world().putEntities(worldId, entities)
    const timeline = async (id: string, limit = 100) => (await world().timelines(worldId, [id], limit))[0]
    return {
      worldId,
      add: (...events) => world().addEvents(worldId, events),
      timeline,
      eventIds: async (id, limit) => (await timeline(id, limit))?.map(event => event.event_id) ?? null,
    }
  }
}

/** The world of all tests of one suite: opened before the first, closed after the last. */
export function openOnce(
  { beforeAll, afterAll }: Pick<TestRunner, 'beforeAll' | 'afterAll'>,
  open: () => World | Promise<World>,
): () => World {
  let opened: World | undefined
  beforeAll(async () => {
    opened = await open()
    await opened.ready()
  })
  afterAll(() => opened?.close())
  return () => {
    if (!opened) throw new Error('the world under test is opened before the first test')
    return opened
  }
}
