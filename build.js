// Compiles to dist/ and takes along what the compiler does not: the Lua scripts and the Neo4j pom.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')

rmSync(join(root, 'dist'), { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
for (const folder of ['cache/lua', 'queues/lua', 'cli/servers/neo4j-pom.xml']) {
  cpSync(join(root, folder), join(root, 'dist', folder), { recursive: true })
}
chmodSync(join(root, 'dist/cli/main.js'), 0o755)
