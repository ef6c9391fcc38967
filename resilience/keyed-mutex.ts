/**
 * Does in one process what a row lock does in a database: writers of one world follow one another. Runs `work` after all
 * work that was given for the same key before it, however that ended.
 */
export function createKeyedMutex() {
  const last = new Map<string, Promise<void>>()
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work)
    const forget = () => {
      if (last.get(key) === ended) last.delete(key)
    }
    const ended: Promise<void> = turn.then(forget, forget)
    last.set(key, ended)
    return turn
  }
}
