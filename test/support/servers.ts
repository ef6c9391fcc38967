import { inject } from 'vitest'

/** The Redis of this test run. It is shared: use a prefix or a world of your own. */
export function redisUrl(): string {
  return inject('redisUrl')
}

/** The Neo4j of this test run. It is shared: use a world of your own. */
export function neo4jAuth(): { uri: string; user: string; password: string } {
  return inject('neo4j')
}
