import { entityTypes } from '../../model/entity.ts'
import type { Connection } from './connection.ts'
import { nodeOf } from './graph.ts'
import { isOn, outboxIndex, rangeIndexes, timelineIndex } from './schema.ts'

/** What a read may rely on. A hint at an index that is not there would make Neo4j walk through everything. */
export interface Indexes {
  /** `timelineIndex` is there. */
  timeline: boolean
  /** The id of each type of entity has an index. */
  ids: boolean
  /** `outboxIndex` is there. */
  outbox: boolean
}

const recheckAfterMs = 30_000

export interface KnownIndexes {
  /** What was there at most half a minute and a read ago. */
  current(): Promise<Indexes>
  /** Asks Neo4j now. */
  check(): Promise<Indexes>
}

/** Knows which indexes are there without asking at each read: an old answer is given while a new one is fetched. */
export function knownIndexes(connection: Connection): KnownIndexes {
  let answer: { indexes: Indexes; at: number } | undefined
  let asking: Promise<Indexes> | undefined

  const ask = async (): Promise<Indexes> => {
    try {
      const indexes = await askNeo4j(connection)
      answer = { indexes, at: performance.now() }
      return indexes
    } finally {
      asking = undefined
    }
  }
  const check = (): Promise<Indexes> => {
    asking ??= ask()
    return asking
  }
  return {
    check,
    async current() {
      if (!answer) return check()
      if (performance.now() - answer.at > recheckAfterMs) check().catch(() => {}) // the read itself will tell
      return answer.indexes
    },
  }
}

async function askNeo4j(connection: Connection): Promise<Indexes> {
  const online = (await rangeIndexes(connection)).filter(index => index.state === 'ONLINE')
  const has = (on: string, properties: readonly string[]) => online.some(index => isOn(index, on, properties))
  return {
    timeline: has(timelineIndex.type, timelineIndex.properties),
    ids: entityTypes.every(type => has(nodeOf[type].label, [nodeOf[type].id])),
    outbox: has(outboxIndex.label, outboxIndex.properties),
  }
}
