import { forkSupport, nextMessage } from './child.ts'
import { redisUrl } from './servers.ts'
import { fresh } from './setup.ts'

/**
 * What a round of refreshing, decay and pruning found in this number of worlds of 1,000 read entities each, in a process of its own with
 * a heap of 64 MB. The database at `url` has no other worlds.
 */
export async function refreshHuge({ url, worlds }: { url: string; worlds: number }): Promise<object> {
  const child = forkSupport('refresh-huge.ts', [url, redisUrl(), fresh('huge'), String(worlds), '1000'], {
    execArgv: ['--max-old-space-size=64'],
  })
  const { took, heapMb, ...found } = await nextMessage<Record<string, unknown>>(child)
  console.log(`${worlds},000 read entities: ${JSON.stringify(took)}, heap at the end ${heapMb} MB`)
  return found
}
