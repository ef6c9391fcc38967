// npm run test:register -- [--seconds 60] [--no-lease-check]
// npm run test:register -- --near [--reads 10000000] [--processes 2 --processes 8] [--mutant 'no fence']
import { parseArgs } from 'node:util'
import { startRedis } from '../../cli/servers/redis.ts'
import { startNeo4j } from '../../tools/servers/neo4j.ts'
import type { Mutant } from './mutants.ts'
import { runNearRegister } from './near.ts'
import { nearTable, summary } from './near-table.ts'
import { runRegister } from './register.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    'lease-check': { type: 'boolean', default: true },
    near: { type: 'boolean', default: false },
    reads: { type: 'string', default: '10000000' },
    mutant: { type: 'string' },
    processes: { type: 'string', multiple: true, default: ['2', '8'] },
  },
  allowNegative: true,
})
const say = (line: string) => console.log(line)
const [redis, neo4j] = await Promise.all([startRedis({ say }), startNeo4j({ say })])
const neo4jAuth = { uri: neo4j.uri, user: neo4j.user, password: neo4j.password }

async function plain() {
  const seconds = Number(values.seconds)
  const leaseCheck = values['lease-check']
  const report = await runRegister({ redisUrl: redis.url, neo4jAuth, seconds, leaseCheck })
  const { errors, stale, ...counts } = report
  console.table([{ seconds, ...counts, errors: errors.length }])
  return [report]
}

/** With as many reads in each number of processes. */
async function near() {
  const reports = []
  for (const processes of values.processes.map(Number)) {
    const startedAt = performance.now()
    const reads = Math.ceil(Number(values.reads) / values.processes.length)
    const report = await runNearRegister({
      queueUrl: redis.url,
      neo4jAuth,
      processes,
      reads,
      readsAfterFault: 2_000,
      mutant: values.mutant as Mutant | undefined,
      say,
    })
    if (!report) throw new Error('there is no Redis here that can be killed')
    const seconds = (performance.now() - startedAt) / 1_000
    say(`\n${summary(report, { processes, seconds })}\n\n${nearTable(report.rows)}\n`)
    reports.push(report)
  }
  return reports
}

try {
  const reports = values.near ? await near() : await plain()
  for (const { stale, errors } of reports) for (const line of [...stale, ...errors].slice(0, 20)) say(line)
  process.exitCode = reports.every(({ staleReads, reads }) => staleReads === 0 && reads > 0) ? 0 : 1
} finally {
  await Promise.all([redis.stop(), neo4j.stop()])
}
