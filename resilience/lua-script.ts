import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Cluster, Redis } from 'ioredis'

/** A Lua script and the digest by which Redis knows it. */
export interface Script {
  readonly source: string
  readonly sha: string
}

export const script = (source: string): Script => ({
  source,
  sha: createHash('sha1').update(source).digest('hex'),
})

/** The script of these files, one after the other: what one of them defines, those behind it may call. */
export const scriptOf = (...files: readonly URL[]): Script =>
  script(files.map(file => readFileSync(file, 'utf8')).join('\n'))

/** Runs a script by its digest, and brings it along where Redis has forgotten it. */
export function evaluate(
  redis: Redis | Cluster,
  { source, sha }: Script,
  { keys, args }: { keys: readonly string[]; args: readonly (string | number)[] },
): Promise<unknown> {
  // ioredis takes a list as well, and a call no more than some 100,000 arguments.
  const given = [...keys, ...args] as unknown as string
  return redis.evalsha(sha, keys.length, given).catch(error => {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
    return redis.eval(source, keys.length, given)
  })
}
