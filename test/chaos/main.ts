// npm run test:chaos: every fault in turn; prints the table and writes it to docs/chaos.md, but for what test:many writes.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { runChaos } from './chaos.ts'
import { faults } from './faults.ts'
import type { Broken } from './messages.ts'
import { startServers } from './servers.ts'
import { chaosPage, chaosTable } from './table.ts'

const program = new Command('npm run test:chaos --')
  .option('--seconds <n>', 'how long each fault lasts', '5')
  .option('--only <text>', 'the faults whose name has this text')
  .option('--broken <guarantee>', 'switches one off: trust, in-process drop', 'nothing')
  .parse()
const { seconds, only, broken } = program.opts<{ seconds: string; only?: string; broken: Broken }>()

const manyHeading = '\n## Many machines\n'

const say = (line: string) => console.error(line)
const servers = await startServers(say)
if (!servers) throw new Error('there are no servers here that can be killed')
try {
  const chosen = faults.filter(({ name }) => only === undefined || name.includes(only))
  const rows = await runChaos({ servers, faults: chosen, seconds: Number(seconds), say, broken })
  console.log(chaosTable(rows))
  for (const { fault, examples, lost } of rows) {
    for (const example of [...examples, ...lost]) console.log(`${fault}: ${example}`)
  }
  if (only === undefined && broken === 'nothing') {
    const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`
    const page = fileURLToPath(new URL('../../docs/chaos.md', import.meta.url))
    const [, many] = readFileSync(page, 'utf8').split(manyHeading) // test:many's
    writeFileSync(page, `${chaosPage(rows, { seconds: Number(seconds), machine })}${manyHeading}${many}`)
  }
  process.exitCode = rows.some(({ stale, lost }) => stale > 0 || lost.length > 0) ? 1 : 0
} finally {
  await servers.stop()
}
