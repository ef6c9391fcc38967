import { setImmediate as nextTurn } from 'node:timers/promises'

interface BatcherOptions<T, R> {
  /** Items of one key are sent as one. Default: the item itself. */
  keyOf?(item: T): unknown
  /** Default: the earlier stays. */
  merge?(earlier: T, later: T): T
  send(items: readonly T[]): Promise<R>
  /** Of one batch. Default 1,000 items. */
  largest?: number
  /** How many batches are under way at a time at most. Default 1. */
  atOnce?: number
  /** How many items may be in batches that are not answered yet, and with what error more are refused. Default: no limit. */
  bound?: { most: number; error(): Error }
  /** Whether the first batch waits until this turn of the event loop is over, to be larger. Default true. */
  gather?: boolean
  /** What the first batch waits for, whether it ends well or not. Default: nothing. */
  after?: Promise<unknown> | undefined
}

interface Batch<T, R> {
  items: Map<unknown, T>
  sent: Promise<R>
}

/** Gathers what is to be sent: few batches are under way at a time, and what comes meanwhile goes out with the next. */
export function createBatcher<T, R>({
  keyOf = item => item,
  merge = earlier => earlier,
  send,
  largest = 1_000,
  atOnce = 1,
  gather = true,
  after,
  bound,
}: BatcherOptions<T, R>) {
  const before = after?.catch(() => {}) ?? Promise.resolve()
  /** The last batches; the next one is sent when the first of them is answered. */
  const ahead: Promise<unknown>[] = Array.from({ length: atOnce }, () => before)
  let open: Batch<T, R> | undefined
  let unanswered = 0

  /** A batch that is open until it may be sent. */
  function openBatch(): Batch<T, R> {
    const items = new Map<unknown, T>()
    const sent = (ahead.shift() as Promise<unknown>).then(gather ? () => nextTurn() : undefined).then(() => {
      if (open?.items === items) open = undefined
      return send([...items.values()])
    })
    const answered = () => {
      unanswered -= items.size
    }
    sent.then(answered, answered)
    ahead.push(sent.catch(() => {}))
    return { items, sent }
  }

  return {
    /** What `send` answered for each batch that `items` went out with; rejects where one could not be sent. */
    async add(items: readonly T[]): Promise<R[]> {
      if (bound && unanswered > 0 && unanswered + items.length > bound.most) throw bound.error()
      const batches = new Set<Promise<R>>()
      for (const item of items) {
        const key = keyOf(item)
        if (open && open.items.size >= largest && !open.items.has(key)) open = undefined
        open ??= openBatch()
        const earlier = open.items.get(key)
        if (earlier === undefined) unanswered += 1
        open.items.set(key, earlier === undefined ? item : merge(earlier, item))
        batches.add(open.sent)
      }
      return Promise.all(batches)
    },

    /** Resolves when nothing is under way, whether it could be sent or not. */
    async idle(): Promise<void> {
      await Promise.all(ahead)
    },
  }
}
