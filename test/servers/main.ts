// npm run test:servers -- [redis-8.2 valkey-8 …] [neo4j-2026] [single] [many] [--write]: the suite on other servers.
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from '../../cli/servers/run.ts'
import { cacheFolder } from '../../tools/servers/cache-folder.ts'
import { markdownTable } from '../register/near-table.ts'
import { writeRows } from '../support/written-rows.ts'
import { startNeo4j2026 } from './neo4j-2026.ts'
import { redisServers } from './redis-servers.ts'

const say = (line: string) => console.error(line)
const cache = cacheFolder(process.env)

/** One server is started for all of them, or, for `many`, Sentinels and clusters by each. */
const shapes = {
  single: [
    '--project',
    'integration',
    '--exclude',
    '**/neo4j-*',
    '--exclude',
    '**/servers-*',
    '--exclude',
    '**/docs*',
  ],
  many: ['--project', 'proofs', 'many-redis', 'failover'],
  neo4j: ['--project', 'integration', 'test/integration/neo4j-'],
} as const
type Shape = keyof typeof shapes

/** The queues do not take Redis 6.2, and the suite has one server for both; `test:near-servers` tries it as the cache's. */
const redisOnes = redisServers.filter(({ name }) => name !== 'redis-6.2')
const neo4jOnes = ['neo4j-2026']

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const known = [...redisOnes.map(({ name }) => name), ...neo4jOnes, 'single', 'many']
const unknown = positionals.filter(word => !known.includes(word))
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; known are ${known.join(', ')}`)
const chosen = (names: readonly string[]) => {
  const named = names.filter(name => positionals.includes(name))
  return named.length > 0 ? named : names
}
const servers = chosen([...redisOnes.map(({ name }) => name), ...neo4jOnes])

const rows: string[][] = []

async function suite(
  server: { name: string; from: string },
  shape: Shape,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-servers-'))
  const file = join(folder, 'report.json')
  const args = ['vitest', 'run', ...shapes[shape], '--reporter', 'json', '--outputFile', file]
  // As in CI: what a busy machine decided is tried once more.
  const { output } = await run('npx', args, { ...process.env, ...env, CI: 'true' })
  const report = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Report
  await rm(folder, { recursive: true })
  const { numPassedTests: passed = 0, numFailedTests: failed = 0, numPendingTests: skipped = 0 } = report
  if (passed === 0) say(output)
  for (const { name, assertionResults } of report.testResults ?? []) {
    for (const { status, fullName } of assertionResults)
      if (status === 'failed') say(`failed: ${name}: ${fullName}`)
  }
  if (failed > 0 || passed === 0) process.exitCode = 1
  rows.push([server.name, server.from, shape, String(passed), String(failed), String(skipped)])
  say(rows.at(-1)?.join(', ') ?? '')
}

/** Vitest's, as far as it is used here. */
interface Report {
  numPassedTests?: number
  numFailedTests?: number
  numPendingTests?: number
  testResults?: { name: string; assertionResults: { status: string; fullName: string }[] }[]
}

for (const server of redisOnes.filter(({ name }) => servers.includes(name))) {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-server-'))
  await symlink(await server.bring(cache), join(folder, 'redis-server'))
  const env = { PATH: `${folder}${delimiter}${process.env.PATH}` }
  for (const shape of chosen(['single', 'many'])) await suite(server, shape as Shape, env)
  await rm(folder, { recursive: true })
}
for (const name of neo4jOnes.filter(name => servers.includes(name))) {
  const { env, stop, ...server } = await startNeo4j2026(cache, say)
  await suite({ ...server, name }, 'neo4j', env)
  await stop()
}

const head = ['server', 'from', 'tests', 'passed', 'failed', 'skipped']
console.log(markdownTable(head, rows))
if (values.write) await writeRows({ page: 'scaling.md', script: 'test:servers', head, rows, of: [0, 2] })
