import { withoutPassword } from '../../resilience/server-words.ts'
import { type Machine, thisMachine } from './debian.ts'
import { inDocker, startRedisContainer } from './docker.ts'
import { onPath } from './on-path.ts'
import { type RedisPurpose, startRedisChild } from './redis-child.ts'
import { type Say, type ServerProcess, type StartedServer, startBy } from './started.ts'

export interface StartedRedis extends StartedServer {
  url: string
  /** Only where it runs as our child. */
  process?: ServerProcess
}

export interface StartRedisOptions {
  /** `queue` (the default): never evicts, append-only file. `cache`: evicts what has a life, keeps nothing on disk. */
  purpose?: RedisPurpose
  /** As Redis writes it. Default: no limit for the queue, 256mb for the cache. */
  maxMemory?: string
  /** A server of one's own that can be killed: HEARTH_REDIS_URL does not count, and a child goes before Docker. Default false. */
  isolated?: boolean
  env?: NodeJS.ProcessEnv
  say?: Say
  machine?: Machine
}

/**
 * A Redis, by the first way that works here: HEARTH_REDIS_URL, Docker, `redis-server` on the PATH, Debian's package.
 * @throws HearthError `ServerMissing`, which says what to install, or with the end of the log of one that died
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<StartedRedis> {
  const { purpose = 'queue', maxMemory, isolated = false } = options
  const { env = process.env, say = () => {}, machine = thisMachine } = options
  const settings = { purpose, maxMemory }

  const child = async (): Promise<StartedRedis | undefined> => {
    const command = onPath('redis-server', env)
    if (!command) return undefined
    const started = await startRedisChild(command, settings, env)
    return {
      how: `Redis: ${command}, as a child on 127.0.0.1:${started.port}, for the ${purpose}`,
      url: `redis://127.0.0.1:${started.port}`,
      process: started.process,
      stop: started.stop,
    }
  }
  const ways = {
    given: async () => given(env),
    docker: () => inDocker('Redis', { env, say }, () => startRedisContainer(settings)),
    child,
    debian: async () =>
      machine.debianAsRoot && (await machine.install(['redis-server'], env, say)) ? child() : undefined,
  }
  const missing =
    'No Redis can be started here. Install redis-server (Debian: apt-get install redis-server), or start Docker, ' +
    'or set HEARTH_REDIS_URL to one that runs.'
  return startBy(ways, { isolated, say, missing })
}

function given({ HEARTH_REDIS_URL: url }: NodeJS.ProcessEnv): StartedRedis | undefined {
  if (!url) return undefined
  const how = `Redis: the one HEARTH_REDIS_URL names (${withoutPassword(url)})`
  return { how, url, stop: async () => {} }
}
