// Compiles the benchmarks, and what they measure, as the package is compiled: the loader of TypeScript that tests use
// names each function when it is made, at run time, and no user of the package pays for that. What has not changed is
// not compiled again.
import { execFileSync } from 'node:child_process'
import { cpSync, lstatSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compiler } from './compiler.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const compiled = join(root, 'node_modules/.cache/hearth/bench') // tsconfig.bench.json has it too
execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.bench.json')], { stdio: 'inherit' })

/** What programs read beside their code, and the compiler leaves out. */
for (const path of ['cache/lua', 'queues/lua', 'bench/scale/fill.lua', 'tools/servers/neo4j-pom.xml']) {
  cpSync(join(root, path), join(compiled, path), { recursive: true })
}
for (const name of ['package.json', 'node_modules', 'dist', 'docs']) {
  const link = join(compiled, name)
  // One that leads nowhere is there, too: `dist` may not be built yet.
  if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(join(root, name), link)
}
