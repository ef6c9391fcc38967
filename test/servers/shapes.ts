import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Tests, as Vitest finds them. */
export interface Tests {
  options: readonly string[]
  /** Parts of their files' paths. */
  files: readonly string[]
}

const proofs = ['--project', 'proofs']
const integration = ['--project', 'integration']
const without = (name: string) => ['--exclude', `**/${name}`]

/** How Redis servers are put together, and the tests of that. */
export const shapes = {
  /** One server for cache and queues; and the queues on a pair with failover behind one address. */
  single: {
    options: [...integration, ...proofs, ...without('neo4j-*'), ...without('servers-*'), ...without('docs*')],
    files: ['test/integration/', 'test/proofs/queue-failover'],
  },
  /** Each test starts its own servers and Sentinels. */
  sentinel: { options: proofs, files: ['test/proofs/sentinel/'] },
  /** Each test starts its own three primaries and three replicas. */
  cluster: { options: proofs, files: ['test/proofs/cluster/'] },
} satisfies Record<string, Tests>

export type Shape = keyof typeof shapes

/** A server that is too old for the queues: it is refused for them, by name, and taken for the cache. */
export const startCheck: Tests = { options: ['--project', 'servers'], files: ['start-check'] }

/** The integration tests that use Neo4j. */
export async function testsOfNeo4j(): Promise<Tests> {
  const folder = fileURLToPath(new URL('../integration/', import.meta.url))
  const names = (await readdir(folder)).filter(name => name.endsWith('.test.ts') && !name.startsWith('docs'))
  const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))
  const files = names.filter((_, i) => texts[i]?.includes('neo4jAuth('))
  return { options: integration, files: files.map(name => `test/integration/${name}`) }
}
