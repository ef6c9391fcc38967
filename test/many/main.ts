// npm run test:many -- [cluster|sentinel|queue] [--short] [--only <text of a fault's name>] [--write]: what happens to servers while games play.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Argument, Command } from 'commander'
import { markdownTable } from '../register/near-table.ts'
import { writeRows } from '../support/written-rows.ts'
import { clusterFaults } from './cluster-faults.ts'
import { queueFaults } from './queue-faults.ts'
import type { Row } from './rows.ts'
import { sentinelFaults } from './sentinel-faults.ts'

const program = new Command('npm run test:many --')
  .addArgument(
    new Argument('[servers]', 'only the faults of these').choices(['cluster', 'sentinel', 'queue']),
  )
  .option('--short', 'the faults that tell most, for CI')
  .option('--only <text>', 'the faults whose name has this text')
  .option('--write', 'writes the rows into docs/chaos.md')
  .parse()
const [servers = ''] = program.args
const { short = false, only, write } = program.opts<{ short?: boolean; only?: string; write?: boolean }>()

const names = [...clusterFaults, ...sentinelFaults, ...queueFaults].map(({ name }) => name)
if (only !== undefined && !names.some(name => name.includes(only)))
  throw new Error(`no fault has ${JSON.stringify(only)} in its name; they are:\n${names.join('\n')}`)

const folder = await mkdtemp(join(tmpdir(), 'hearth-many-'))
const file = join(folder, 'rows')
const startedAt = performance.now()
const vitest = spawn('npx', ['vitest', 'run', '--project', 'many', `test/many/${servers}`], {
  stdio: 'inherit',
  env: {
    ...process.env,
    HEARTH_MANY_ROWS: file,
    HEARTH_MANY_SHORT: String(short),
    ...(only === undefined ? {} : { HEARTH_MANY_ONLY: only }),
  },
})
const [code] = (await once(vitest, 'exit')) as [number | null]
const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(line => line !== '')
await rm(folder, { recursive: true })
const rows = lines.map(line => JSON.parse(line) as Row)

const seconds = (ms: number | undefined) => (ms === undefined ? '' : `${(ms / 1_000).toFixed(1)} s`)
const columns: [string, (row: Row) => string][] = [
  ['fault', ({ fault }) => fault],
  ['servers', ({ shape }) => shape],
  ['reads', ({ reads }) => String(reads ?? '')],
  ['writes (acknowledged)', ({ writes, acknowledged }) => `${writes} (${acknowledged})`],
  ['stale', ({ stale }) => String(stale ?? '')],
  ['lost', ({ lost }) => String(lost)],
  ['failed reads', ({ failed }) => String(failed ?? '')],
  ['trusted again after', ({ trustedAfterMs }) => seconds(trustedAfterMs)],
  ['other shards not trusted', ({ othersMs }) => seconds(othersMs)],
]
const head = columns.map(([name]) => name)
const cells = rows.map(row => columns.map(([, cell]) => cell(row)))
console.log(
  `\n${markdownTable(head, cells)}\n\n${rows.length} faults in ${seconds(performance.now() - startedAt)}`,
)
if (write) {
  const place = (row: readonly string[]) => names.indexOf(row[0] ?? '')
  await writeRows({
    page: 'chaos.md',
    script: 'test:many',
    head,
    rows: cells,
    of: [0, 1],
    order: (a, b) => place(a) - place(b),
  })
}
process.exitCode = code ?? 1
