import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where this user keeps what tests and benchmarks download or build once. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME ?? homedir(), '.cache'), 'hearth')
}
