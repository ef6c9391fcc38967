import { inject } from 'vitest'

/** The Redis of this test run. It is shared: use a separate prefix or world. */
export function redisUrl(): string {
  return inject('redisUrl')
}

/** The Neo4j of this test run. It is shared: use a separate world. */
export function neo4jAuth(): { uri: string; user: string; password: string } {
  return inject('neo4j')
}
