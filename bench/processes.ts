import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { StartedNeo4j } from '../tools/servers/neo4j.ts'
import type { Bench } from './bench.ts'
import { programBeside } from './program-beside.ts'

const main = programBeside(import.meta.url, '../cli/main')
const startMs = 60_000

export interface Running {
  url: string
  /** Ends it as a crash would. */
  kill(): Promise<void>
}

/** The settings of a process that uses these servers. */
export const environmentFor = (servers: { cache: string; queue: string; neo4j: StartedNeo4j }) => ({
  HEARTH_REDIS_URL: servers.cache,
  HEARTH_QUEUE_REDIS_URL: servers.queue,
  HEARTH_NEO4J_URI: servers.neo4j.uri,
  HEARTH_NEO4J_USER: servers.neo4j.user,
  HEARTH_NEO4J_PASSWORD: servers.neo4j.password,
})

/** Starts `hearth <command>` in a separate process, and waits until it is ready. */
export async function startProcess(
  { closing }: Bench,
  command: 'worker' | 'scheduler' | 'dashboard',
  env: Record<string, string>,
): Promise<Running> {
  const port = await freePort()
  const child = spawn(process.execPath, [main, command], {
    env: { PATH: process.env.PATH, ...env, HEARTH_PORT: String(port), HEARTH_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(child, 'exit')
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await exited
  }
  await closing.opened(command, () => end('SIGTERM'))
  const url = `http://127.0.0.1:${port}`
  const until = performance.now() + startMs
  while (performance.now() < until && child.exitCode === null) {
    const ready = await fetch(`${url}/readyz`).catch(() => undefined)
    await ready?.arrayBuffer()
    if (ready?.ok) return { url, kill: () => end('SIGKILL') }
    await pause(50)
  }
  throw new Error(`hearth ${command} was not ready within ${startMs} ms`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}
