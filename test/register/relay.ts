// Relays the outbox beside the processes of the register test, until it is killed.
import { pino } from 'pino'
import { Closing } from '../../cli/closing.ts'
import { startServing } from '../../cli/process.ts'
import { readConfig } from '../../config/read.ts'
import { neo4jWorld } from '../../index.ts'
import type { RegisterSetup } from './setup.ts'

export type RelaySetup = Pick<RegisterSetup, 'redisUrl' | 'queueUrl' | 'neo4jAuth' | 'prefix'>

const { redisUrl, queueUrl, neo4jAuth, prefix } = JSON.parse(process.argv[2] ?? '{}') as RelaySetup
const config = readConfig({
  env: {
    HEARTH_REDIS_URL: redisUrl,
    HEARTH_QUEUE_REDIS_URL: queueUrl,
    HEARTH_QUEUE_PREFIX: prefix,
    HEARTH_PORT: '0',
  },
  needs: ['redisUrl'],
})
const serving = await startServing({
  name: 'register',
  parts: ['relay'],
  config,
  world: neo4jWorld(neo4jAuth),
  log: pino({ level: 'silent' }),
  closing: new Closing(),
})
await serving.work(new AbortController().signal)
process.send?.('ready')
