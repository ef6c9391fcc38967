import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type RedisSettings, redisArguments } from './redis-child.ts'
import type { Say, StartedServer } from './started.ts'

const redisImage = 'redis:7.4-alpine'
const pingMs = 1_000

/** Whether a Docker engine answers, asked without loading testcontainers, which takes a second of its own. */
export async function engineAnswers(env: NodeJS.ProcessEnv): Promise<boolean> {
  for (const target of engineTargets(env)) if (await answersHttp(target)) return true
  return false
}

/** A Redis in a container; undefined, having said why, if it does not start. */
export async function startRedisContainer(
  settings: RedisSettings,
  say: Say,
): Promise<(StartedServer & { url: string }) | undefined> {
  try {
    const { RedisContainer } = await import('@testcontainers/redis')
    const container = await new RedisContainer(redisImage)
      .withCommand(['redis-server', ...redisArguments(settings)])
      .start()
    const url = container.getConnectionUrl()
    return { how: `Redis: ${redisImage} in Docker, at ${url}`, url, stop: once(() => container.stop()) }
  } catch (error) {
    say(`Redis: Docker answers, but no container started, so another way is tried: ${String(error)}`)
    return undefined
  }
}

type Target = { socketPath: string } | { host: string; port: number }

function engineTargets(env: NodeJS.ProcessEnv): Target[] {
  const sockets = [
    '/var/run/docker.sock',
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []),
    join(env.HOME ?? homedir(), '.docker/run/docker.sock'),
  ]
  if (!env.DOCKER_HOST) return sockets.filter(existsSync).map(socketPath => ({ socketPath }))
  if (!URL.canParse(env.DOCKER_HOST)) return []
  const { protocol, hostname, port, pathname } = new URL(env.DOCKER_HOST)
  if (protocol === 'unix:') return [{ socketPath: pathname }]
  if (protocol === 'tcp:' || protocol === 'http:') return [{ host: hostname, port: Number(port || 2375) }]
  return []
}

/** Any status counts: an engine that wants TLS answers 400, and testcontainers has the certificates. */
function answersHttp(target: Target): Promise<boolean> {
  return new Promise(resolve => {
    const ping = request({ ...target, path: '/_ping', signal: AbortSignal.timeout(pingMs) })
    ping.once('response', response => {
      response.resume()
      resolve(true)
    })
    ping.once('error', () => resolve(false))
    ping.end()
  })
}

/** Stops at the first call; a further call waits for that stop. */
export function once(stop: () => Promise<unknown>): () => Promise<void> {
  let stopped: Promise<void> | undefined
  return () => {
    stopped ??= stop().then(() => {})
    return stopped
  }
}
