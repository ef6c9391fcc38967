/** A promise whose rejection is not unhandled until it is awaited. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
