import { mapKeys } from 'es-toolkit'
import type { Change } from '../../model/changes.ts'
import { checkEntities, checkEvents } from '../../model/input.ts'
import { createPrivacy, privacyRules, readableEvent } from '../../model/privacy.ts'
import type { LoadAfter, Source } from '../../model/source.ts'
import { checkedWorld } from '../checked.ts'
import { createUnreadableReports } from '../unreadable.ts'
import type { World } from '../world.ts'
import { addEvents } from './add-events.ts'
import { administrationOf, type Neo4jAdministration } from './administration.ts'
import { failingFast } from './availability.ts'
import { type Connection, connect } from './connection.ts'
import type { ConnectionOptions } from './connection-options.ts'
import type { Context } from './context.ts'
import { loadEntities } from './entities.ts'
import { passingOf, queryKind } from './kind-query.ts'
import { loadMembers } from './members.ts'
import { checkNeo4jWorldOptions, decidingOf, type Neo4jWorldOptions } from './options.ts'
import { neo4jOutbox, type OutboxTransaction, recordChanges } from './outbox.ts'
import { checkColumns } from './own-cypher.ts'
import { putEntities, removeEntities } from './put-entities.ts'
import { knownIndexes } from './schema.ts'
import { stateOf } from './state.ts'
import { loadTimelines } from './timelines.ts'

/** Worlds in Neo4j. Every method rejects with `WorldUnavailable` if Neo4j does not answer. */
export interface Neo4jWorld extends World, Neo4jAdministration {
  /** `recordChanges`, for the fleet of this world. */
  recordChanges(tx: OutboxTransaction, worldId: string, changes: readonly Change[]): Promise<string>
}

/** Throws `InvalidConfig`, which lists everything that is wrong with the options. */
export function neo4jWorld(options: Neo4jWorldOptions): Neo4jWorld {
  checkNeo4jWorldOptions(options)
  const { graph, cypher: own, kinds, privacy: privacyOptions } = decidingOf(options)
  const { fleet } = options
  const indexed = graph === 'indexed'
  const privacy = createPrivacy(privacyOptions)
  const connection = failingFast(connect(options))
  const indexes = knownIndexes(connection, fleet)
  const unreadable = createUnreadableReports()
  const bookmarkListeners: BookmarkListener[] = []
  const bookmarksOf: Context['bookmarksOf'] = worldId => bookmarks => {
    for (const listener of bookmarkListeners) listener(worldId, bookmarks)
  }
  const context: Context = {
    connection,
    indexes,
    privacy,
    fleet,
    bookmarksOf,
    own,
    reportOf: (worldId, of, id) => (property, reason) =>
      unreadable.report({ worldId, of, id, property, reason }),
  }

  const anyServer = sourceIn(context)
  const sourceOf = (after?: LoadAfter): Source => {
    if (!after) return anyServer
    const options = { after: after.bookmarks, onBookmarks: after.onReached }
    const read: Connection['read'] = (cypher, parameters, given) =>
      connection.read(cypher, parameters, { ...given, ...options })
    return sourceIn({ ...context, connection: { ...connection, read } })
  }

  return checkedWorld<Neo4jWorld>({
    fleet,
    outbox: neo4jOutbox({ connection, indexes, fleet, bookmarksOf }),
    recordChanges: (tx, worldId, changes) => recordChanges(tx, worldId, changes, { fleet }),
    traceAttributes: traceAttributesOf(options),
    decides: {
      privacy: privacyRules(privacyOptions),
      ...(fleet !== undefined && { fleet }),
      ...mapKeys(own, (_, read) => `cypher.${read}`),
    },
    onUnreadable: unreadable.listen,
    onBookmarks: listener => void bookmarkListeners.push(listener),
    lags: options.readsFrom === 'followers',

    async ready() {
      await indexes.check()
      await checkColumns(connection, own, kinds)
    },

    ...stateOf(context),
    flags: (worldId, after) => sourceOf(after).flags(worldId),
    snapshot: (worldId, after) => sourceOf(after).snapshot(worldId),
    entities: (worldId, refs, after) => sourceOf(after).entities(worldId, refs),
    timelines: (worldId, entityIds, limit, after) => sourceOf(after).timelines(worldId, entityIds, limit),
    query: (kind, worldId, items, after) => sourceOf(after).query(kind, worldId, items),
    passing: (kind, worldId, found, after) => sourceOf(after).passing(kind, worldId, found),
    members: (worldId, page) => loadMembers(context, worldId, page),
    readable: event => readableEvent(privacy, event),

    async putEntities(worldId, entities) {
      checkEntities(entities)
      await connection.write(
        query => putEntities(query, { worldId, indexed }, entities),
        bookmarksOf(worldId),
      )
    },
    async removeEntities(worldId, refs) {
      await connection.write(query => removeEntities(query, worldId, refs), bookmarksOf(worldId))
    },
    async addEvents(worldId, events) {
      checkEvents(events)
      return connection.write(query => addEvents(query, { worldId, indexed }, events), bookmarksOf(worldId))
    },

    ...administrationOf(connection, indexes, fleet),
    isAway: connection.isAway,
    ping: connection.ping,
    probe: () => probeWrite(connection),
    close: connection.close,
  })
}

/** Without a trace in the graph. The bookmark names the last transaction that was committed in Neo4j, by whichever client. */
async function probeWrite({ write }: Pick<Connection, 'write'>): Promise<string> {
  let found: readonly string[] = []
  await write(
    query => query('CREATE (probe) DELETE probe', {}),
    bookmarks => {
      found = bookmarks
    },
  )
  return found.join()
}

type BookmarkListener = (worldId: string, bookmarks: readonly string[]) => void

/** The loads of this connection. */
function sourceIn(context: Context): Source {
  const { flags, snapshot } = stateOf(context)
  return {
    flags,
    snapshot,
    entities: (worldId, refs) => loadEntities(context, worldId, refs),
    timelines: (worldId, entityIds, limit) => loadTimelines(context, worldId, { entityIds, limit }),
    query: (kind, worldId, items) => queryKind(context, kind, { worldId, items }),
    passing: (kind, worldId, found) => passingOf(context, kind, { worldId, ...found }),
  }
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
