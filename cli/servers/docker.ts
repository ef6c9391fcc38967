import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { once } from 'es-toolkit'
import { type RedisSettings, redisArguments } from './redis-child.ts'
import type { Say, StartedServer } from './started.ts'

const redisImage = 'redis:7.4-alpine'
const pingMs = 1_000

/** Whether a Docker engine answers, asked without loading testcontainers, which takes a second of its own. */
export async function engineAnswers(env: NodeJS.ProcessEnv): Promise<boolean> {
  for (const target of engineTargets(env)) if (await answersHttp(target)) return true
  return false
}

/** What `start` starts in Docker; undefined if no engine answers or, having said why, if the container does not start. */
export async function inDocker<Started>(
  name: string,
  { env, say }: { env: NodeJS.ProcessEnv; say: Say },
  start: () => Promise<Started>,
): Promise<Started | undefined> {
  if (!(await engineAnswers(env))) return undefined
  try {
    return await start()
  } catch (error) {
    say(`${name}: Docker answers, but no container started, so another way is tried: ${String(error)}`)
    return undefined
  }
}

export async function startRedisContainer(settings: RedisSettings): Promise<StartedServer & { url: string }> {
  const { RedisContainer } = await import('@testcontainers/redis')
  const command = ['redis-server', ...redisArguments(settings)]
  const container = await new RedisContainer(redisImage).withCommand(command).start()
  const url = container.getConnectionUrl()
  const stop = once(async () => void (await container.stop()))
  return { how: `Redis: ${redisImage} in Docker, at ${url}`, url, stop }
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
