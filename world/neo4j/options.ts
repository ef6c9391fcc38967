import type { Kind } from '../../model/kind.ts'
import * as o from '../../model/options.ts'
import { type PrivacyOptions, privacyOptions } from '../../model/privacy.ts'
import type { ConnectionOptions } from './connection.ts'
import type { OwnCypher } from './own-cypher.ts'

export interface Neo4jWorldOptions extends ConnectionOptions {
  /**
   * How entities and events are written: with the properties that the indexes need, or as the game itself writes
   * them. Reads need no such setting: each timeline is read as what it is. Default `indexed`.
   */
  graph?: 'indexed' | 'plain'
  /** Cypher of your own in place of a read's, for a graph of another shape. */
  cypher?: Partial<OwnCypher>
  privacy?: PrivacyOptions
  /** Kinds of a game's own, whose Cypher is checked when the world gets ready. */
  kinds?: readonly Kind[]
}

const connections = () => o.whole([1, 10_000])
const cypher = () => o.text().optional()

const shape = {
  uri: o.required<string>(
    'a URL like neo4j://host:7687 (neo4j or bolt, with +s or +ssc for TLS); the password is an option of its own',
    given => {
      if (!o.isUrl(given, /^(neo4j|bolt)(\+s|\+ssc)?:$/)) return false
      const { hostname, username, password } = new URL(given)
      return hostname !== '' && username === '' && password === ''
    },
  ),
  user: o.required<string>('text', given => typeof given === 'string'),
  password: o.required<string>('text', given => typeof given === 'string'),
  database: o.text().optional(),
  maxConnectionPoolSize: connections(),
  maxWriteConnections: connections(),
  connectTimeoutMs: o.ms(),
  acquireTimeoutMs: o.ms(),
  queryTimeoutMs: o.ms(),
  retryWritesForMs: o.whole([0, o.ranges.lifeMs[1]]),
  readsFrom: o.option<'leader' | 'followers'>(
    "'leader' or 'followers'",
    given => given === 'leader' || given === 'followers',
  ),
  graph: o.option<'indexed' | 'plain'>(
    "'indexed' or 'plain'",
    given => given === 'indexed' || given === 'plain',
  ),
  cypher: o.group({
    flags: cypher(),
    snapshot: cypher(),
    characters: cypher(),
    locations: cypher(),
    objects: cypher(),
    timelines: cypher(),
    members: cypher(),
  } satisfies Record<keyof OwnCypher, unknown>),
  privacy: privacyOptions.optional(),
  kinds: o.option<readonly Kind[]>('a list of kinds', given => Array.isArray(given)),
} satisfies Record<keyof Neo4jWorldOptions, unknown>

/** Throws `InvalidConfig`, which lists every problem. */
export function checkNeo4jWorldOptions(options: Neo4jWorldOptions): void {
  o.checkOptions('neo4jWorld', options, shape)
}
