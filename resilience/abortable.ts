import { HearthError } from '../model/errors.ts'

/**
 * What `work` brings, or a rejection with `Aborted` as soon as the signal is aborted. A load that is under way goes on:
 * others may wait for it too.
 */
export function abortable<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (!signal) return work()
  return new Promise((resolve, reject) => {
    const abort = () => reject(new HearthError('Aborted', 'the read was aborted', { cause: signal.reason }))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort)
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
