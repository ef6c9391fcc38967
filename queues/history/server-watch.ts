import { within } from '../../resilience/within.ts'
import { mergeAway } from './merge.ts'
import { type Away, type HistoryServer, historyServers } from './sample.ts'

export interface ServerWatchOptions {
  /** The smallest thing that shows that a server does its work; rejects where it does not. */
  probes: Record<HistoryServer, () => Promise<unknown>>
  /** How often each is looked at. Milliseconds, default 3,000. */
  everyMs?: number
  /** How long it may take to answer. Milliseconds, default 1,500. */
  limitMs?: number
}

/** What it has seen is remembered so long, until the queues' Redis takes it. Milliseconds. */
const rememberedMs = 2 * 3_600_000

/**
 * Looks whether the servers answer, and remembers when they did not: two looks in a row, since one may be a hiccup of this
 * machine. It needs none of them, so it also sees the outage of the Redis in which the history is.
 */
export function createServerWatch({ probes, everyMs = 3_000, limitMs = 1_500 }: ServerWatchOptions) {
  let outages: Away[] = []
  const slowest = new Map<number, number>()
  const watches = historyServers.map(server => {
    let failures = 0
    let failingSince = 0
    let isLooking = false
    let current: Away | undefined

    async function look(): Promise<void> {
      if (isLooking) return
      isLooking = true
      const [at, startedAt] = [Date.now(), performance.now()]
      const answers = await within(limitMs, probes[server]()).then(
        () => true,
        () => false,
      )
      isLooking = false
      if (answers) noteAnswer(at, performance.now() - startedAt)
      else noteFailure(at)
    }

    function noteAnswer(at: number, tookMs: number): void {
      if (current) current.until = at
      current = undefined
      failures = 0
      if (server !== 'source') return
      const minute = Math.floor(at / 60_000)
      slowest.set(minute, Math.max(slowest.get(minute) ?? 0, tookMs))
    }

    function noteFailure(at: number): void {
      failures += 1
      if (failures === 1) failingSince = at
      if (failures < 2) return
      if (!current) {
        current = { server, from: failingSince, until: at }
        outages.push(current)
      }
      current.until = at
    }
    return look
  })

  async function lookAtAll(): Promise<void> {
    const before = Date.now() - rememberedMs
    outages = outages.filter(({ until }) => until >= before)
    for (const minute of slowest.keys()) if (minute < before / 60_000) slowest.delete(minute)
    await Promise.all(watches.map(look => look()))
  }
  const timer = setInterval(lookAtAll, everyMs).unref()

  return {
    /** Looks now, beside the usual looks. */
    look: lookAtAll,
    /** Outages within a minute (since 1970). */
    awayIn(minute: number): Away[] {
      const [from, until] = [minute * 60_000, (minute + 1) * 60_000]
      return mergeAway(
        outages
          .map(away => ({
            server: away.server,
            from: Math.max(from, away.from),
            until: Math.min(until, away.until),
          }))
          .filter(away => away.from < away.until),
      )
    },
    /** How long the source took to answer in that minute, at most; null where it did not. */
    sourceMsIn: (minute: number): number | null => {
      const ms = slowest.get(minute)
      return ms === undefined ? null : Math.round(ms * 10) / 10
    },
    stop: () => clearInterval(timer),
  }
}

export type ServerWatch = ReturnType<typeof createServerWatch>
