import type { Config } from '../config/read.ts'
import type { Neo4jWorldOptions } from '../world/neo4j/options.ts'
import { type Neo4jWorld, neo4jWorld } from '../world/neo4j/world.ts'
import { privacyOf } from './connect.ts'

export type Neo4jConfig = Config & { neo4jUri: string }

/** In a file of its own: the driver takes a third of the time in which a command starts, and few commands need it. */
export function openNeo4j(config: Neo4jConfig, options: Pick<Neo4jWorldOptions, 'graph'> = {}): Neo4jWorld {
  const {
    neo4jUri: uri,
    neo4jUser: user,
    neo4jPassword: password = '',
    neo4jDatabase: database,
    neo4jReads: readsFrom,
    fleet,
  } = config
  return neo4jWorld({
    uri,
    user,
    password,
    readsFrom,
    ...(database !== undefined && { database }),
    ...(fleet !== undefined && { fleet }),
    config: config.file,
    ...options,
    privacy: privacyOf(config),
  })
}
