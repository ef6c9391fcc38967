import {
  checkConfig,
  type HearthConfig,
  isNeo4jUrl,
  type WorldConfig,
  worldFields,
} from '../../config/define.ts'
import { fleetRule, isFleet } from '../../model/fleet.ts'
import * as o from '../../model/options.ts'
import { privacyOptions } from '../../model/privacy.ts'
import type { ConnectionOptions } from './connection-options.ts'

/** Where Neo4j is, and how its worlds are read and written. */
export interface Neo4jWorldOptions extends ConnectionOptions, WorldConfig, Pick<HearthConfig, 'kinds'> {
  /**
   * The name of the fleet, where several have one Neo4j, or one Redis for their caches: its changes are recorded for its own
   * relay, which takes no other, and its keys in the cache begin with `lw-<fleet>:`.
   * Every process of the fleet needs the same (`HEARTH_FLEET`). Default: none, and the nodes without a name.
   */
  fleet?: string
  /**
   * What decides about cached values, as the fleet's processes have it: the object of `hearth.config.ts`, of which a
   * world takes `world` and `kinds`. Options given beside it win over it.
   */
  config?: HearthConfig
}

const connections = () => o.whole([1, 10_000])
const given = () => o.required<string>('text', value => typeof value === 'string')

const shape = {
  uri: o.required<string>(
    'a URL like neo4j://host:7687 (neo4j or bolt, with +s or +ssc for TLS); the password is an option of its own',
    isNeo4jUrl,
  ),
  user: given(),
  password: given(),
  database: o.text().optional(),
  fleet: o.option<string>(fleetRule, isFleet),
  maxConnectionPoolSize: connections(),
  maxWriteConnections: connections(),
  connectTimeoutMs: o.ms(),
  acquireTimeoutMs: o.ms(),
  queryTimeoutMs: o.ms(),
  retryWritesForMs: o.whole([0, o.ranges.lifeMs[1]]),
  readsFrom: o.oneOf('leader', 'followers'),
  bookmarkTimeoutMs: o.ms(),
  ...worldFields,
  privacy: privacyOptions.optional(),
  kinds: o.option<HearthConfig['kinds']>('a list of kinds', given => Array.isArray(given)),
  config: o.option<HearthConfig>('the object of hearth.config.ts', o.isObject),
} satisfies Record<keyof Neo4jWorldOptions, unknown>

/** Throws `InvalidConfig`, which lists every problem. */
export function checkNeo4jWorldOptions(options: Neo4jWorldOptions): void {
  o.checkOptions('neo4jWorld', options, shape)
  if (options.config) checkConfig(options.config)
}

/** What decides about values, from the options or, where they say nothing, from the configuration. */
export function decidingOf({ config = {}, ...options }: Neo4jWorldOptions) {
  const { world = {} } = config
  const { graph = world.graph ?? 'indexed', cypher = world.cypher ?? {}, privacy = world.privacy } = options
  const { kinds = config.kinds ?? [] } = options
  return { graph, cypher, privacy, kinds }
}
