import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Place } from '../../cli/servers/child.ts'
import { type StartedChild, startChild } from '../../cli/servers/start-child.ts'
import { setFirstPassword } from './first-password.ts'

export interface Neo4jChildOptions {
  java: string
  jars: string
  /** The class that is started. Default: that of Neo4j 5. */
  main?: string
  heapMb: number
  quick: boolean
  settings: readonly string[]
  password: string
  env: NodeJS.ProcessEnv
}

/** Runs Neo4j Community as a child, with authentication on. Throws as `startChild` does. */
export function startNeo4jChild(options: Neo4jChildOptions): Promise<StartedChild> {
  const { java, jars, heapMb, quick, settings, password, env } = options
  const { main = 'org.neo4j.server.CommunityEntryPoint' } = options
  return startChild({
    name: 'Neo4j',
    command: java,
    args: ({ folder }) => [
      ...[`-Xmx${heapMb}m`, '-XX:+UseSerialGC', '-XX:-UsePerfData', ...opens],
      ...(quick ? quickly : []),
      ...['-cp', join(jars, '*'), main],
      ...[`--home-dir=${folder}`, `--config-dir=${join(folder, 'conf')}`, '--console-mode'],
    ],
    env,
    prepare: place => writeConfiguration(place, [...(quick ? plannedLessOften : []), ...settings]),
    answers: async ({ port, log, ended }) => {
      if (!(await log()).includes('Bolt enabled')) return false // until then the port may be another server's
      await setFirstPassword({ uri: boltUri(port), password, timeoutMs: 60_000, signal: ended })
      return true
    },
    readyMs: 120_000,
    stopMs: 1_000, // a clean stop takes ten seconds, for data that are deleted with the folder
  })
}

export function boltUri(port: number): string {
  return `bolt://127.0.0.1:${port}`
}

/** Halves the CPU of its start and first queries; after some minutes it is slower than without them. */
const quickly = [
  '-XX:TieredStopAtLevel=1',
  '-XX:+UnlockDiagnosticVMOptions', // needed by the next one
  '-XX:-BytecodeVerificationRemote',
]

/** By default queries are planned again when some count has become four times what it was, as in each test's small graph. */
const plannedLessOften = ['dbms.cypher.statistics_divergence_threshold=0.95']

/** From Neo4j's own start script: they allow fast reads and writes of its pages. */
const opens = [
  'java.base/java.nio',
  'java.base/java.io',
  'java.base/sun.nio.ch',
  'java.base/java.util.concurrent',
].map(name => `--add-opens=${name}=ALL-UNNAMED`)

async function writeConfiguration({ folder, port }: Place, more: readonly string[]): Promise<void> {
  await mkdir(join(folder, 'conf'))
  const lines = [
    'server.default_listen_address=127.0.0.1',
    `server.bolt.listen_address=127.0.0.1:${port}`,
    `server.bolt.advertised_address=127.0.0.1:${port}`,
    'server.http.enabled=false',
    'server.https.enabled=false',
    'dbms.usage_report.enabled=false',
    'server.memory.pagecache.size=128m',
    'db.tx_log.preallocate=false',
    'db.tx_log.rotation.size=32m',
    'db.tx_log.rotation.retention_policy=2 files',
    ...more,
  ]
  await writeFile(join(folder, 'conf', 'neo4j.conf'), `${lines.join('\n')}\n`)
}
