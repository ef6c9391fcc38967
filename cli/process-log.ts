import type { Logger } from 'pino'
import type { CacheState } from '../cache/cache-state.ts'
import { type NearState, nearOff } from '../cache/near/near-state.ts'
import type { CacheObserver } from '../cache/observer.ts'
import { shardsInWords } from '../cache/shards.ts'
import type { Differing } from '../hearth/comparison.ts'
import type { Unreadable } from '../world/unreadable.ts'

/** A line for each change of the cache's state; of a cluster it names the shards that are not trusted. */
export function loggingState(log: Pick<Logger, 'info' | 'warn'>): Pick<CacheObserver, 'cacheIs'> {
  const lines: Record<CacheState, (what: string, reads: string) => void> = {
    away: (what, reads) => log.warn(`${what} is away: ${reads} go to the source`),
    'catching-up': (what, reads) =>
      log.warn(
        `${what} is not trusted: ${reads} go to the source until the scheduler has delivered what was recorded meanwhile`,
      ),
    trusted: () => log.info('the cache is trusted again'),
  }
  return {
    cacheIs(state, doubted) {
      if (doubted) lines[state](shardsInWords(doubted), 'reads of its worlds')
      else lines[state](state === 'away' ? "the cache's Redis" : 'the cache', 'reads')
    },
  }
}

/** A line for each change of the near cache's state. */
export function loggingNear(log: Pick<Logger, 'info' | 'warn'>): Required<Pick<CacheObserver, 'nearIs'>> {
  const lines: Record<NearState, (reason?: string) => void> = {
    armed: () => log.info('the near cache is armed: reads are answered from memory, as fresh as from Redis'),
    connecting: () => log.info('the near cache is connecting again: reads go to Redis until it is armed'),
    off: reason => log.warn(nearOff(reason)),
  }
  return { nearIs: (state, reason) => lines[state](reason) }
}

/** A line for each way in which other processes differ, and one when none does any more. */
export function loggingDiffering(log: Logger): (differing: Differing | null) => void {
  return differing => {
    if (!differing) return log.info('all processes decide alike about cached values again')
    const { processes, differences, text } = differing
    log.warn({ processes, differences }, text)
  }
}

/** How many properties of a label get a line each; after that each tenth power gets one. */
const linesOfLabel = 10

/** A line for what readers do not get as Neo4j has it: where it stands and what is wrong, nothing of the value. */
export function loggingUnreadable(log: Pick<Logger, 'warn'>): (what: Unreadable) => void {
  return ({ worldId, of, id, property, reason, count }) => {
    if (count > linesOfLabel && !Number.isInteger(Math.log10(count))) return
    const facts = { worldId, label: of, id, property, reason, count }
    log.warn(facts, `${property} of a ${of} cannot be read as it stands in Neo4j: ${reason}`)
  }
}
