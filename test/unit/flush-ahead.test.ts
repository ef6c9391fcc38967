import { expect, test } from 'vitest'
import { flushWorld } from '../../jobs/flush/process.ts'
import { createPendingWriter } from '../../jobs/flush/write-pending.ts'
import type { PendingEvent } from '../../queues/pending-flush.ts'

const batch = 500

/** Pending events of a world, and a source that takes them; what happens is noted in its order. */
function openFlush(count: number) {
  const waiting = Array.from({ length: count }, (_, i) => ({
    event: { event_id: `e${i}`, timestamp: '0120-03-01T12:00:00', participants: ['c'] },
    acceptedAt: String(i),
    unseen: false,
  })) as PendingEvent[]
  const seen: string[] = []
  const idsOf = (events: readonly PendingEvent[]) =>
    `${events[0]?.event.event_id} to ${events.at(-1)?.event.event_id}`
  const hooks = { write: async (_nth: number) => {}, forget: async (_nth: number) => {}, read: () => {} }
  let [writes, forgets] = [0, 0]
  const pending = {
    async first(_worldId: string, limit: number, after?: PendingEvent) {
      const events = waiting.filter(({ acceptedAt }) => Number(acceptedAt) > Number(after?.acceptedAt ?? -1))
      if (after) hooks.read()
      return { events: events.slice(0, limit), pending: waiting.length, oldestMs: 9_999, newestMs: 9_999 }
    },
    whileFlushing: async (_worldId: string, work: (lost: AbortSignal) => Promise<unknown>) =>
      work(new AbortController().signal),
    async forget(_worldId: string, events: readonly PendingEvent[]) {
      await hooks.forget(++forgets)
      seen.push(`forgotten ${idsOf(events)}`)
      for (const event of events) waiting.splice(waiting.indexOf(event), 1)
    },
  }
  const flushed: number[] = []
  const deps = {
    pending,
    world: {
      async addEvents(_worldId: string, events: readonly { event_id: string }[]) {
        seen.push(`written ${events[0]?.event_id} to ${events.at(-1)?.event_id}`)
        await hooks.write(++writes)
        return []
      },
    },
    cache: { bookmarks: { share: async () => {} } },
    onFlushed: (result: { flushed: number }) => void flushed.push(result.flushed),
  }
  const pendingWriter = createPendingWriter(deps as never, {} as never)
  const run = { job: {}, payload: { worldId: 'w' }, token: 't' }
  const flush = () => flushWorld(run as never, { ...deps, pendingWriter } as never)
  return { flush, hooks, seen, waiting, flushed }
}

test('while the source writes a batch, the next is read, and the one before is forgotten', {
  timeout: 5_000,
}, async () => {
  const { flush, hooks, seen, waiting, flushed } = openFlush(2 * batch + 100)
  const nextIsRead = new Promise<void>(resolve => {
    hooks.read = resolve
  })
  let secondBegan = () => {}
  const second = new Promise<void>(resolve => {
    secondBegan = resolve
  })
  hooks.write = async nth => {
    if (nth === 1) await nextIsRead
    if (nth === 2) secondBegan()
  }
  hooks.forget = async nth => {
    if (nth === 1) await second
  }
  await expect(flush()).resolves.toEqual({ flushed: 1_100, refused: 0 })
  expect(waiting).toEqual([])
  expect(flushed).toEqual([500, 500, 100])
  expect(seen).toEqual([
    'written e0 to e499',
    'written e500 to e999',
    'forgotten e0 to e499',
    'forgotten e500 to e999',
    'written e1000 to e1099',
    'forgotten e1000 to e1099',
  ])
})

test('a batch that the source has is forgotten also where the next one fails', async () => {
  const { flush, hooks, waiting } = openFlush(2 * batch)
  hooks.write = async nth => {
    if (nth === 2) throw new Error('Neo4j is away')
  }
  await expect(flush()).rejects.toThrow('Neo4j is away')
  expect(waiting).toHaveLength(batch)
})

test('what could not be forgotten fails the flush', async () => {
  const { flush, hooks, waiting } = openFlush(2 * batch)
  hooks.forget = async () => {
    throw new Error('Redis is away')
  }
  await expect(flush()).rejects.toThrow('Redis is away')
  expect(waiting).toHaveLength(2 * batch)
})
