// npm run test:register -- --seconds 60 [--no-lease-check]
import { parseArgs } from 'node:util'
import { startRedis } from '../../cli/servers/redis.ts'
import { startNeo4j } from '../../tools/servers/neo4j.ts'
import { runRegister } from './register.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, 'lease-check': { type: 'boolean', default: true } },
  allowNegative: true,
})
const say = (line: string) => console.log(line)
const [redis, neo4j] = await Promise.all([startRedis({ say }), startNeo4j({ say })])
try {
  const { errors, stale, ...counts } = await runRegister({
    redisUrl: redis.url,
    neo4jAuth: { uri: neo4j.uri, user: neo4j.user, password: neo4j.password },
    seconds: Number(values.seconds),
    leaseCheck: values['lease-check'],
  })
  console.table([{ seconds: Number(values.seconds), ...counts, errors: errors.length }])
  for (const line of [...stale, ...new Set(errors)].slice(0, 20)) console.log(line)
  process.exitCode = counts.staleReads === 0 && counts.reads > 0 ? 0 : 1
} finally {
  await Promise.all([redis.stop(), neo4j.stop()])
}
