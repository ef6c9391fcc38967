import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Cache } from '../cache/cache.ts'
import type { MemberStatus } from '../queues/member.ts'

/** How often the event loop is timed: what it takes to be late by less than this is not seen. Milliseconds. */
const resolutionMs = 20

/** What this process says of itself to the others, and so to the pages; the delay is that since it was asked last. */
export function createProcessStatus({ cacheState, near }: Pick<Cache, 'cacheState' | 'near'>): {
  now(): MemberStatus
  stop(): void
} {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  return {
    now() {
      const latestMs = delay.percentile(99) / 1e6 - resolutionMs // Node counts its own pause as delay
      delay.reset()
      const { rss, heapUsed } = process.memoryUsage()
      return {
        at: Date.now(),
        cache: cacheState.current,
        near: near ? { state: near.stats.state, bytes: near.stats.bytes, entries: near.stats.entries } : null,
        loopDelayMs: Math.max(0, Math.round(latestMs)),
        rssBytes: rss,
        heapBytes: heapUsed,
      }
    },
    stop: () => void delay.disable(),
  }
}
