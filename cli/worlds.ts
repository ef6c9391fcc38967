import { table } from './table.ts'
import { count, duration, print } from './terminal.ts'
import { type Flags, requireCache, withHearth } from './with-hearth.ts'

/** `hearth worlds`: the worlds that were activated or read in the last day. */
export const worlds = (flags: Flags & { top: number; json?: true }): Promise<void> =>
  withHearth(flags, {}, async ({ config, hearth, operations }) => {
    await requireCache(hearth, config.redisUrl)
    const page = await operations.worlds({ offset: 0, limit: flags.top })
    if (flags.json) return print(JSON.stringify(page))
    const { worlds, total } = page
    if (total === 0) return print('No world was activated or read in the last day.')
    const now = Date.now()
    const rows = worlds.map(({ id, lastActiveAt }) => [id, duration(Math.max(0, now - lastActiveAt))])
    const more = total - worlds.length
    print(table(['world', 'last active, ago'], rows) + (more > 0 ? `\n… and ${count(more)} more; --top` : ''))
  })
