import type { AppendedEvent } from '../model/new-events.ts'
import { jsonList } from './json-argument.ts'
import { print } from './terminal.ts'
import { connectFirst, type Flags, neo4jIfConfigured, withHearth } from './with-hearth.ts'

/** `hearth append`: accepts events, which readers see at once and the workers write to Neo4j. */
export const append = (worldId: string, events: string, flags: Flags): Promise<void> => {
  const list = jsonList<AppendedEvent>('events', events)
  return withHearth(flags, { source: neo4jIfConfigured }, async ({ hearth, config }) => {
    await connectFirst({ hearth, config })
    print(JSON.stringify(await hearth.appendEvents(worldId, list)))
  })
}
