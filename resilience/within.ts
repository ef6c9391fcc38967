/** A timer that is later than this shows that this process did not run. Milliseconds. */
const lateMs = 50
/** How often the time that this process did not run is given again, at most. */
const extensions = 2

/**
 * What `work` brings, or a rejection with what `late` makes, `ms` after the call. Time in which this process did not run
 * (it was busy, or its machine was) does not count, up to twice `ms`: no server can be heard in it. One more turn of the
 * event loop is allowed, since the answer may be here already, waiting to be read. This is what no package does:
 * p-timeout and cockatiel take a timer at its word, and a process that was busy would call its servers away.
 */
export function within<T>(
  ms: number,
  work: Promise<T>,
  late: () => Error = () => new Error(`no answer within ${ms} ms`),
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    const wait = (restMs: number, extensionsLeft: number): void => {
      if (isOver) return
      const dueAt = performance.now() + restMs
      timer = setTimeout(() => {
        const missedMs = performance.now() - dueAt
        if (missedMs > lateMs && extensionsLeft > 0) wait(Math.min(missedMs, ms), extensionsLeft - 1)
        else setImmediate(() => reject(late()))
      }, restMs)
    }
    const end = () => {
      isOver = true
      clearTimeout(timer)
    }
    work.then(
      value => {
        end()
        resolve(value)
      },
      error => {
        end()
        reject(error)
      },
    )
    process.nextTick(wait, ms, extensions) // behind the write of what `work` asks
  })
}

/** Whether `work` ended within `ms`, well or not; it goes on if it did not. */
export async function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const ended = () => true
  return within(ms, work.then(ended, ended)).catch(() => false)
}
