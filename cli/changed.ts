import type { Change } from '../model/changes.ts'
import { jsonList } from './json-argument.ts'
import { print, shown } from './terminal.ts'
import { connectFirst, type Flags, neo4jIfConfigured, withHearth } from './with-hearth.ts'

export interface ChangedFlags extends Flags {
  recorded?: string
  bookmark?: readonly string[]
}

/** `hearth changed`: reports what was changed in Neo4j, after its commit. */
export const changed = (
  worldId: string,
  changes: string,
  { recorded, bookmark, ...flags }: ChangedFlags,
): Promise<void> => {
  const list = jsonList<Change>('changes', changes)
  return withHearth(flags, { source: neo4jIfConfigured }, async ({ hearth, config }) => {
    await connectFirst({ hearth, config })
    const outcome = await hearth.changed(worldId, list, {
      ...(recorded !== undefined && { recorded }),
      ...(bookmark !== undefined && { bookmark }),
    })
    print(
      outcome === 'invalidated'
        ? `Readers of ${shown(worldId)} see it from now on.`
        : `Redis does not answer, so it is recorded in Neo4j: readers of ${shown(worldId)} see it once it is relayed.`,
    )
  })
}
