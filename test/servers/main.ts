// npm run test:servers -- [redis-8.2 valkey-9 neo4j-2026 …] [single] [sentinel] [cluster] [--write]: the suite on other servers.
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { onPath } from '../../cli/servers/on-path.ts'
import { cacheFolder } from '../../tools/servers/cache-folder.ts'
import { markdownTable } from '../register/near-table.ts'
import { writeRows } from '../support/written-rows.ts'
import { type Neo4jServer, neo4jServers } from './neo4j-servers.ts'
import { type RedisServer, redisServers } from './redis-servers.ts'
import { type Shape, shapes, startCheck, type Tests, testsOfNeo4j } from './shapes.ts'
import { runSuite } from './suite.ts'

const say = (line: string) => console.error(line)
const cache = cacheFolder(process.env)
const head = ['server', 'from', 'tests', 'passed', 'failed', 'skipped', 'notes', 'commit', 'date']
const rows: string[][] = []

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const shapeNames = Object.keys(shapes) as Shape[]
const serverNames = [...redisServers, ...neo4jServers].map(({ name }) => name)
const known = [...serverNames, ...shapeNames]
const unknown = positionals.filter(word => !known.includes(word))
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join(', ')}; known are ${known.join(', ')}`)
const isNamed = (name: string) => positionals.includes(name)
const anyServer = serverNames.some(isNamed)
const anyShape = shapeNames.some(isNamed)
/** Shapes without a server are those of every Redis. */
const redisChosen = redisServers.filter(({ name, shaped }) =>
  anyServer ? isNamed(name) : shaped || !anyShape,
)
const neo4jChosen = neo4jServers.filter(({ name }) => (anyServer ? isNamed(name) : !anyShape))
const shapesChosen = shapeNames.filter(name => isNamed(name) || !anyShape)

const git = (...words: string[]) => execFileSync('git', words, { encoding: 'utf8' }).trim()
const isChanged = git('status', '--porcelain', '--', ':!docs') !== ''
const commit = `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ', changed' : ''}`

interface Run {
  server: { name: string; from: string }
  /** As the table has it. */
  kind: string
  tests: Tests
  env: NodeJS.ProcessEnv
}

async function addRow({ server, kind, tests, env }: Run): Promise<void> {
  const { passed, failed, skipped, passedAlone } = await runSuite(tests, env, say)
  if (failed > 0) process.exitCode = 1
  const notes = passedAlone.length > 0 ? `passed only alone: ${passedAlone.join(', ')}` : ''
  const date = new Date().toISOString().slice(0, 10)
  const row = [server.name, server.from, kind, `${passed}`, `${failed}`, `${skipped}`, notes, commit, date]
  rows.push(row)
  say(row.join(' | '))
  if (values.write)
    await writeRows({ page: 'scaling.md', script: 'test:servers', head, rows: [row], of: [0, 2] })
}

async function testRedis(server: RedisServer): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-server-'))
  await symlink(await server.bring(cache), join(folder, 'redis-server'))
  const env: NodeJS.ProcessEnv = {
    PATH: `${folder}${delimiter}${process.env.PATH}`,
    HEARTH_NEWER_REDIS: onPath('redis-server', process.env),
  }
  if (server.shaped) {
    for (const kind of shapesChosen) await addRow({ server, kind, tests: shapes[kind], env })
  } else await addRow({ server, kind: 'start check', tests: startCheck, env })
  await rm(folder, { recursive: true })
}

async function testNeo4j(server: Neo4jServer): Promise<void> {
  const { uri, user, password, stop } = await server.start(cache, say)
  const env = { HEARTH_NEO4J_URI: uri, HEARTH_NEO4J_USER: user, HEARTH_NEO4J_PASSWORD: password }
  await addRow({ server, kind: 'neo4j', tests: await testsOfNeo4j(), env })
  await stop()
}

for (const server of redisChosen) await testRedis(server)
for (const server of neo4jChosen) await testNeo4j(server)

console.log(markdownTable(head, rows))
