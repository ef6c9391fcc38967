import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { GameSetup } from './messages.ts'

type Place = Pick<GameSetup, 'cache' | 'cacheReplicas' | 'queue' | 'queuePrefix' | 'neo4jAuth'>

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** `hearth worker` and `hearth scheduler`, set up by the environment, until the test ends. */
export async function startHearthProcesses(place: Place, more: Record<string, string> = {}): Promise<void> {
  const { cache, cacheReplicas, queue, queuePrefix, neo4jAuth } = place
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^hearth_/i.test(name))),
    HEARTH_REDIS_URL: cache,
    HEARTH_CACHE_REPLICAS: String(cacheReplicas),
    HEARTH_QUEUE_REDIS_URL: queue,
    HEARTH_QUEUE_PREFIX: queuePrefix,
    HEARTH_NEO4J_URI: neo4jAuth.uri,
    HEARTH_NEO4J_USER: neo4jAuth.user,
    HEARTH_NEO4J_PASSWORD: neo4jAuth.password,
    HEARTH_PORT: '0',
    HEARTH_START_CHECKS: 'warn',
    HEARTH_LOG_LEVEL: 'silent',
    HEARTH_WORKER_NICE: '0',
    ...more,
  }
  await Promise.all(['worker', 'scheduler'].map(command => started(command, env)))
}

async function started(command: string, env: NodeJS.ProcessEnv): Promise<void> {
  const child: ChildProcess = fork(main, [command], {
    env,
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const endedFirst = ended.then(([code, signal]) => {
    throw new Error(`hearth ${command} ended with ${code ?? signal}`)
  })
  endedFirst.catch(() => {})
  await Promise.race([once(child, 'message'), endedFirst]) // `ready`, for pm2
}
