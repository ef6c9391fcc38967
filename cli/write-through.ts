import type { Hearth } from '../hearth/hearth.ts'
import { jsonText } from '../model/json.ts'
import type { Snapshot, Flags as WorldFlags } from '../model/world-data.ts'
import { jsonArgument } from './json-argument.ts'
import { print } from './terminal.ts'
import { connectFirst, type Flags, neo4jIfConfigured, withHearth } from './with-hearth.ts'

/** Numbers are printed with their digits. */
const exact = { exactNumbers: true } as const

/** `hearth flags`: merges into a world's flags, in Neo4j and in the cache. */
export const flags = (worldId: string, patch: string, given: Flags): Promise<void> =>
  writing('patch', patch, given, (hearth, value) => hearth.setFlags(worldId, value as WorldFlags, exact))

/** `hearth snapshot`: writes fields of a world's snapshot, in Neo4j and in the cache. */
export const snapshot = (worldId: string, fields: string, given: Flags): Promise<void> =>
  writing('fields', fields, given, (hearth, value) =>
    hearth.saveSnapshot(worldId, value as Partial<Snapshot>, exact),
  )

function writing(
  name: string,
  text: string,
  given: Flags,
  write: (hearth: Hearth, value: unknown) => Promise<unknown>,
): Promise<void> {
  const value = jsonArgument(name, text)
  return withHearth(given, { source: neo4jIfConfigured }, async ({ hearth, config }) => {
    await connectFirst({ hearth, config })
    print(jsonText(await write(hearth, value), 2))
  })
}
