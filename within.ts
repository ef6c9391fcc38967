/**
 * What `asking` answers, or a rejection with what `late` makes, `ms` after the call. One more turn of the event loop is
 * allowed: after a busy moment of this process the answer may be here already, waiting to be read.
 */
export async function within<T>(ms: number, asking: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timedOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(late())), ms)
  })
  try {
    return await Promise.race([asking, timedOut])
  } finally {
    clearTimeout(timer)
  }
}
