import type { CacheObserver } from '../cache/observer.ts'
import { readConfig } from '../config.ts'
import type { Hearth } from '../hearth.ts'
import { jsonText } from '../json-text.ts'
import { duration } from './amounts.ts'
import { openHearth, openNeo4j, requireCache } from './connect.ts'
import { entityRefOf } from './entity-ref.ts'
import { UsageError } from './failure.ts'
import { noWorld } from './no-world.ts'
import { print } from './print.ts'
import type { Flags } from './setting-flags.ts'

export interface ReadFlags extends Flags {
  timeline?: string
  entity?: string
  flags?: true
  snapshot?: true
  json?: true
}

const outcomes = {
  hit: 'a hit',
  miss: 'a miss, loaded from Neo4j',
  bypassed: 'Redis failed, so it was loaded from Neo4j',
}

/** `hearth read`: one value, as a game backend gets it, and whether it was warm. */
export async function read(worldId: string, flags: ReadFlags): Promise<void> {
  const readValue = readerOf(worldId, flags)
  const config = readConfig({ flags, needs: ['redisUrl'] })
  const { neo4jUri } = config
  const world = neo4jUri === undefined ? noWorld() : openNeo4j({ ...config, neo4jUri })
  let outcome: keyof typeof outcomes = 'hit'
  const observer: Partial<CacheObserver> = {
    miss() {
      outcome = 'miss'
    },
    bypassed() {
      outcome = 'bypassed'
    },
  }
  const hearth = openHearth({ config, world, observer })
  try {
    // Connected first, so that the time is the read's alone. A read needs Redis only where there is no Neo4j.
    await requireCache(hearth, config.redisUrl).catch(error => {
      if (neo4jUri === undefined) throw error
    })
    const started = performance.now()
    const value = await readValue(hearth)
    const ms = performance.now() - started
    if (flags.json) print(jsonText({ outcome, ms, value }))
    else print(`${jsonText(value, 2)}\n${duration(ms)}: ${outcomes[outcome]}`)
  } finally {
    await hearth.close()
  }
}

/** Numbers are printed with their digits. */
const exact = { exactNumbers: true } as const

/** Throws `UsageError` unless exactly one thing is asked for. */
function readerOf(worldId: string, flags: ReadFlags): (hearth: Hearth) => Promise<unknown> {
  const { timeline, entity } = flags
  const asked = [
    ...(timeline === undefined ? [] : [(hearth: Hearth) => hearth.timeline(worldId, timeline, exact)]),
    ...(entity === undefined ? [] : [entityReader(worldId, entity)]),
    ...(flags.flags ? [(hearth: Hearth) => hearth.flags(worldId, exact)] : []),
    ...(flags.snapshot ? [(hearth: Hearth) => hearth.snapshot(worldId, exact)] : []),
  ]
  const [only] = asked
  if (only && asked.length === 1) return only
  throw new UsageError('read needs exactly one of --timeline <id>, --entity <type:id>, --flags, --snapshot')
}

function entityReader(worldId: string, given: string) {
  const ref = entityRefOf(given)
  return (hearth: Hearth) => hearth.entity(worldId, ref, exact)
}
