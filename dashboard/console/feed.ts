import { PassThrough } from 'node:stream'
import type { Overview } from './overview.ts'

const everyMs = 1_000
/** So that a proxy does not take a quiet line for a dead one. */
const retry = 'retry: 2000\n\n'

/** The overview for all its readers, collected once a second while there is one. */
export function createFeed(collect: () => Promise<Overview>, onError: (error: unknown) => void) {
  const watchers = new Set<PassThrough>()
  let last: { at: number; overview: Overview } | undefined
  let collecting: Promise<Overview> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function collectNow(): Promise<Overview> {
    const at = performance.now()
    const overview = await collect()
    last = { at, overview }
    return overview
  }

  /** One collection at a time. */
  function collectShared(): Promise<Overview> {
    collecting ??= collectNow().finally(() => {
      collecting = undefined
    })
    return collecting
  }

  /** Not older than a second. */
  async function now(): Promise<Overview> {
    if (last && performance.now() - last.at < everyMs) return last.overview
    return collectShared()
  }

  async function tell(): Promise<void> {
    timer = undefined
    const begun = performance.now()
    try {
      const text = eventOf(await collectShared()) // `now` might repeat the last one, and an outage be seen a second later
      // A watcher that does not keep up gets the next state, not all between.
      for (const watcher of watchers) {
        if (watcher.writable && !watcher.writableNeedDrain) watcher.write(text)
      }
    } catch (error) {
      onError(error)
    }
    if (watchers.size > 0 && !closed) {
      timer ??= setTimeout(tell, Math.max(50, everyMs - (performance.now() - begun)))
    }
  }

  return {
    now,
    /** Server-sent events, until it is ended or destroyed. */
    watch(): PassThrough {
      const watcher = new PassThrough()
      watchers.add(watcher)
      watcher.on('close', () => watchers.delete(watcher))
      watcher.on('finish', () => watchers.delete(watcher))
      watcher.write(retry)
      now().then(
        overview => watcher.writable && watcher.write(eventOf(overview)),
        () => {}, // told by the next look
      )
      timer ??= setTimeout(tell, everyMs)
      return watcher
    },
    close(): void {
      closed = true
      clearTimeout(timer)
      for (const watcher of watchers) watcher.destroy()
    },
  }
}

const eventOf = (overview: Overview) => `event: overview\ndata: ${JSON.stringify(overview)}\n\n`
