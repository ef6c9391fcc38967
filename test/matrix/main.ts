// npm run test:matrix -- [20 22 24 26] [--project unit]: the suite on every supported Node, one after the other.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { table } from '../../cli/table.ts'
import { count, duration } from '../../cli/terminal.ts'
import { cacheFolder } from '../../tools/servers/cache-folder.ts'
import { bringNode } from './bring-node.ts'

const supported = ['20', '22', '24', '26']
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { project: { type: 'string', multiple: true, default: [] } },
})
const unknown = positionals.filter(major => !/^\d+$/.test(major))
if (unknown.length > 0)
  throw new Error(`major versions of Node are wanted, like 22; got ${unknown.join(' ')}`)

const root = fileURLToPath(new URL('../../', import.meta.url))
const cache = cacheFolder(process.env)
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const projects = values.project.flatMap(name => ['--project', name])
const rows: string[][] = []
for (const major of positionals.length > 0 ? positionals : supported) {
  const { node, version } = await bringNode(major, cache)
  console.log(`[matrix] Node ${version}`)
  const startedAt = performance.now()
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` }
  const child = spawn(node, [vitest, 'run', ...projects], { cwd: root, env, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  rows.push([version, code === 0 ? 'passed' : `failed (${code})`, duration(performance.now() - startedAt)])
  if (code !== 0) process.exitCode = 1
}
console.log(table(['Node', 'the suite', 'took'], rows, Number.POSITIVE_INFINITY))
console.log(
  `[matrix] ${count(rows.length)} versions, of ${projects.length > 0 ? values.project.join(', ') : 'all tests'}`,
)
