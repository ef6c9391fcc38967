import type { Logger } from 'pino'
import type { CacheState } from '../cache/cache-state.ts'
import type { CacheObserver } from '../cache/observer.ts'

/** Logs a line for each change of the cache's state. */
export function loggingState(log: Pick<Logger, 'info' | 'warn'>): Pick<CacheObserver, 'cacheIs'> {
  const lines: Record<CacheState, () => void> = {
    away: () => log.warn("the cache's Redis is away: reads go to the truth"),
    'catching-up': () =>
      log.warn(
        'the cache is not trusted: reads go to the truth until the scheduler has delivered what was recorded meanwhile',
      ),
    trusted: () => log.info('the cache is trusted again'),
  }
  return { cacheIs: state => lines[state]() }
}
