import { copyJson } from '../../model/copy.ts'
import { entityTypes, type Member } from '../../model/entity.ts'
import { createPrivacy, privacyRules } from '../../model/privacy.ts'
import { readableEvent } from '../../model/readable-event.ts'
import { checkFlags, checkSnapshot } from '../../model/state-input.ts'
import { checkedWorld } from '../checked.ts'
import { checkEntities } from '../input.ts'
import type { WriteThrough } from '../outbox.ts'
import { createUnreadableReports, type Unreadable } from '../unreadable.ts'
import type { World } from '../world.ts'
import { addEvents } from './add-events.ts'
import { type AdoptOptions, type AdoptReport, adoptWorld, type SharedIds, sharedIds } from './adopt.ts'
import { failingFast } from './availability.ts'
import { type ConnectionOptions, connect, type Query } from './connection.ts'
import { dataConcerns } from './data-concerns.ts'
import {
  entitiesCypher,
  entityOf,
  idsByType,
  isPublicRow,
  memberOf,
  membersCypher,
  withTextOfBroken,
} from './entities.ts'
import { nodeOf } from './graph.ts'
import { idForms, integersAfter } from './id-forms.ts'
import { passingOf, queryKind } from './kind-query.ts'
import { knownIndexes } from './known-indexes.ts'
import { checkNeo4jWorldOptions, type Neo4jWorldOptions } from './options.ts'
import { neo4jOutbox, writeOutboxNode } from './outbox.ts'
import { checkKinds, checkOwnCypher } from './own-cypher.ts'
import { putEntities, removeEntities } from './put-entities.ts'
import { lackingSchema, makeSchema, type SchemaReport } from './schema.ts'
import { flagsCypher, flagsOf, mergeFlags, mergeSnapshot, snapshotCypher, snapshotOf } from './state.ts'
import { checkEvents } from './stored-event.ts'
import { timelinesCypher, timelinesOf, timelinesOfEvents } from './timelines.ts'
import { type Report, toText } from './values.ts'

export interface Neo4jFacts {
  version: string
  /** What `schema()` would make, such as `(:World) world_id`. */
  lacking: string[]
  /** What of the data cannot be read, or not as may be expected; see `dataConcerns`. */
  concerns: string[]
}

/** Nodes of each label that are looked at: at every start few, by `hearth schema` many. */
const [fewNodes, manyNodes] = [1_000, 100_000]

/** Worlds in Neo4j. Every method rejects with `WorldUnavailable` if Neo4j does not answer. */
export interface Neo4jWorld extends World {
  /** Makes Hearth's constraints and indexes; see `makeSchema`. */
  schema(): Promise<SchemaReport>
  facts(): Promise<Neo4jFacts>
  /** `facts().concerns`, of more of the data. */
  concerns(): Promise<string[]>
  /** The entities that `adopt` leaves as they are. */
  sharedIds(worldId: string): Promise<SharedIds>
  /** Turns a plain world into an indexed one; see `adoptWorld`. `schema()` comes first, or it takes very long. */
  adopt(worldId: string, options?: AdoptOptions): Promise<AdoptReport>
}

/** Throws `InvalidConfig`, which lists everything that is wrong with the options. */
export function neo4jWorld(options: Neo4jWorldOptions): Neo4jWorld {
  checkNeo4jWorldOptions(options)
  const privacy = createPrivacy(options.privacy)
  const connection = failingFast(connect(options))
  const indexes = knownIndexes(connection)
  const own = options.cypher ?? {}
  const indexed = options.graph !== 'plain'

  /** A transaction of this write, whose first query locks the world, and of what goes with it. */
  const writeThrough = <T>(
    worldId: string,
    through: WriteThrough | undefined,
    write: (query: Query) => Promise<T>,
  ): Promise<T> =>
    connection.write(async query => {
      const written = await write(query)
      if (!through) return written
      await writeOutboxNode({ run: query }, { worldId, ...through.outbox })
      await through.beforeCommit()
      return written
    })

  const unreadable = createUnreadableReports()
  const reportOf = (worldId: string, of: Unreadable['of'], id: string | null): Report => {
    return (property, reason) => unreadable.report({ worldId, of, id, property, reason })
  }

  return checkedWorld<Neo4jWorld>({
    onUnreadable: unreadable.listen,
    outbox: neo4jOutbox(connection, indexes),
    traceAttributes: traceAttributesOf(options),
    decides: decidesOf(options),

    async ready() {
      await indexes.check()
      await checkOwnCypher(connection, own)
      await checkKinds(connection, options.kinds ?? [])
    },

    async flags(worldId) {
      const [row] = await connection.read(own.flags ?? flagsCypher, { worldId })
      return row ? privacy.flags(flagsOf(row, reportOf(worldId, 'World', null))) : null
    },
    async snapshot(worldId) {
      const [row] = await connection.read(own.snapshot ?? snapshotCypher, { worldId })
      return row ? privacy.snapshot(snapshotOf(row, reportOf(worldId, 'World', null))) : null
    },

    async entities(worldId, refs) {
      const loads = [...idsByType(refs)].map(async ([type, ids]) => {
        const ownCypher = own[`${type}s`]
        const parameters = { worldId, ids: ownCypher ? ids : idForms(ids) }
        const found = await connection.read(ownCypher ?? entitiesCypher(type), parameters)
        const rows = ownCypher ? found : await withTextOfBroken(connection, { worldId, type }, found)
        return rows.filter(isPublicRow).map(row => {
          const report = reportOf(worldId, nodeOf[type].label, toText(row['id']))
          return privacy.entity(entityOf(type, row, report))
        })
      })
      const found = (await Promise.all(loads)).flat()
      const byRef = new Map(found.map(entity => [`${entity.type}:${entity.id}`, entity]))
      return refs.map(({ type, id }) => byRef.get(`${type}:${id}`) ?? null)
    },

    async timelines(worldId, entityIds, limit) {
      const ids = [...new Set(entityIds)]
      const parameters = { worldId, ids: own.timelines ? ids : idForms(ids), limit: BigInt(limit) }
      const report = (eventId: string) => reportOf(worldId, 'TimelineEvent', eventId)
      const timelines = own.timelines
        ? timelinesOfEvents(await connection.read(own.timelines, parameters), limit, report)
        : timelinesOf(await connection.read(timelinesCypher(await indexes.current()), parameters), report)
      return entityIds.map(id => timelines.get(id)?.map(privacy.event) ?? null)
    },

    query: (kind, worldId, items) => queryKind({ connection, privacy }, kind, worldId, items),
    passing: (kind, worldId, found) => passingOf({ connection, privacy }, kind, worldId, found),

    async members(worldId, { after, limit }) {
      const { ids } = await indexes.current()
      const members: Member[] = []
      for (const type of entityTypes.slice(after ? entityTypes.indexOf(after.type) : 0)) {
        const afterId = after?.type === type ? after.id : ''
        const parameters = { worldId, type, afterId, limit: BigInt(limit - members.length) }
        const rows = await connection.read(
          own.members ?? membersCypher(type, { indexed: ids }),
          own.members ? parameters : { ...parameters, integers: integersAfter(afterId) },
        )
        members.push(...rows.map(row => memberOf(type, row)))
        if (members.length >= limit) break
      }
      return members
    },

    async saveSnapshot(worldId, given, through) {
      checkSnapshot(given)
      const snapshot = copyJson(given)
      const write = async (query: Query) => {
        await mergeSnapshot(query, worldId, snapshot)
        const [row = {}] = await query(snapshotCypher, { worldId })
        return snapshotOf(row, reportOf(worldId, 'World', null))
      }
      return privacy.snapshot(await writeThrough(worldId, through, write))
    },
    async setFlags(worldId, given, through) {
      checkFlags(given)
      const patch = copyJson(given)
      const write = (query: Query) => mergeFlags(query, worldId, patch)
      return privacy.flags(await writeThrough(worldId, through, write))
    },
    async putEntities(worldId, entities) {
      checkEntities(entities)
      await connection.write(query => putEntities(query, { worldId, indexed }, entities))
    },
    async removeEntities(worldId, refs) {
      await connection.write(query => removeEntities(query, worldId, refs))
    },
    async addEvents(worldId, events) {
      checkEvents(events)
      return connection.write(query => addEvents(query, { worldId, indexed }, events))
    },
    readable: event => readableEvent(privacy, event),

    async schema() {
      const report = await makeSchema(connection)
      await indexes.check()
      return report
    },
    async facts() {
      const [row] = await connection.alter(
        "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0] AS version",
      )
      return {
        version: String(row?.version),
        lacking: await lackingSchema(connection),
        concerns: await dataConcerns(connection, fewNodes),
      }
    },
    concerns: () => dataConcerns(connection, manyNodes),
    sharedIds: worldId => sharedIds(connection, worldId),
    adopt: (worldId, adoptOptions = {}) => adoptWorld(connection, worldId, adoptOptions),

    ping: () => connection.ping(),
    close: () => connection.close(),
  })
}

function decidesOf({ cypher = {}, privacy }: Neo4jWorldOptions): Record<string, unknown> {
  const queries = Object.entries(cypher).map(([read, query]) => [`cypher.${read}`, query])
  return { privacy: privacyRules(privacy), ...Object.fromEntries(queries) }
}

function traceAttributesOf({ uri, database }: ConnectionOptions): Record<string, string | number> {
  const { hostname, port } = new URL(uri)
  return {
    'db.system.name': 'neo4j',
    'server.address': hostname,
    'server.port': Number(port || 7687),
    ...(database !== undefined && { 'db.namespace': database }),
  }
}
