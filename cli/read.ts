import type { CacheObserver } from '../cache/observer.ts'
import type { Hearth } from '../hearth/hearth.ts'
import { jsonText } from '../model/json.ts'
import type { Kind } from '../model/kind.ts'
import type { Kinds } from '../model/kinds.ts'
import { UsageError } from './failure.ts'
import { allKindFlags, entriesOf, type NamedEntry } from './kind-flags.ts'
import { duration, print } from './terminal.ts'
import { type Flags, neo4jIfConfigured, requireCache, withHearth } from './with-hearth.ts'

type ReadFlags = Flags & { json?: true }

const outcomes = {
  hit: 'a hit',
  miss: 'a miss, loaded from Neo4j',
  bypassed: 'Redis failed, so it was loaded from Neo4j',
}

/** `hearth read`: as a game backend gets it, one value and whether it was warm, or several of one version of the world. */
export async function read(worldId: string, flags: ReadFlags): Promise<void> {
  let outcome: keyof typeof outcomes = 'hit'
  const observer: Partial<CacheObserver> = {
    miss() {
      outcome = 'miss'
    },
    bypassed() {
      outcome = 'bypassed'
    },
  }
  await withHearth(flags, { source: neo4jIfConfigured, observer }, async ({ config, hearth, cache }) => {
    const [entry, ...others] = entriesNamed(cache.keys.kinds, flags)
    // Connected first, so that the time is the read's alone. A read needs Redis only where there is no Neo4j.
    await requireCache(hearth, config.redisUrl).catch(error => {
      if (config.neo4jUri === undefined) throw error
    })
    if (others.length > 0) return print(await readAtOneVersion(hearth, worldId, [entry, ...others]))
    const started = performance.now()
    const value = await readEntry(hearth, worldId, entry)
    const ms = performance.now() - started
    if (flags.json) print(jsonText({ outcome, ms, value }))
    else print(`${jsonText(value, 2)}\n${duration(ms)}: ${outcomes[outcome]}`)
  })
}

/** Numbers are printed with their digits. */
const exact = { exactNumbers: true } as const

/** Throws `UsageError` where nothing is asked for. */
function entriesNamed(kinds: Kinds, flags: ReadFlags): [NamedEntry, ...NamedEntry[]] {
  const [first, ...others] = entriesOf(kinds, flags)
  if (first) return [first, ...others]
  throw new UsageError(`read needs one or more of ${allKindFlags(kinds).join(', ')}`)
}

/** As JSON, in the order of the entries. Throws `VersionMoved`. */
async function readAtOneVersion(
  hearth: Hearth,
  worldId: string,
  entries: readonly NamedEntry[],
): Promise<string> {
  const found = await hearth.consistent(worldId, async () => {
    const version = await hearth.version(worldId)
    const values = await Promise.all(entries.map(entry => readEntry(hearth, worldId, entry)))
    return { version, values }
  })
  return jsonText(found, 2)
}

const readEntry = (hearth: Hearth, worldId: string, { kind, item }: NamedEntry): Promise<unknown> =>
  item === null
    ? hearth.read(kind as Kind<unknown, 'world'>, worldId, exact)
    : hearth.read(kind as Kind<unknown, 'entity'>, worldId, item as string, exact)
