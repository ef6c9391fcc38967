import { UnrecoverableError, Worker } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { openPages } from '../support/http.ts'
import { kinds } from '../support/kinds.ts'
import { inTime, relaySetup } from '../support/relay-setup.ts'

test('a failed invalidation is on Bull Board with its payload, and is done when it is retried there', async () => {
  const { cache, worldId, place, entries, startRelay, startWorkers, pending, invalidations } = relaySetup()
  const connection = { url: place.address }
  const broken = new Worker(
    invalidations.name,
    async () => {
      throw new UnrecoverableError('the disk is full')
    },
    { connection, prefix: place.prefix },
  )
  onTestFinished(() => broken.close())
  await entries.plantAndRecord(1)
  const failed = new Promise<string>(resolve => {
    broken.on('failed', job => resolve(String(job?.id)))
  })
  startRelay()
  const id = await failed
  await broken.close()
  expect([await pending(), await entries.stale()]).toEqual([0, 1])

  const { url } = await openPages({ deps: { queues: [invalidations] } })
  const api = `${url}/queues/api/queues`
  const board = await fetch(`${api}?activeQueue=invalidate&status=failed&page=1`)
  const { queues } = (await board.json()) as { queues: { jobs: unknown[] }[] }
  expect(queues[0]?.jobs).toMatchObject([
    {
      id,
      name: 'timeline c0',
      failedReason: 'the disk is full',
      isFailed: true,
      data: { worldId, target: { kind: 'timeline', id: 'c0' }, version: null },
    },
  ])

  await startWorkers()
  const retried = await fetch(`${api}/invalidate/${id}/retry`, { method: 'PUT' })
  expect(retried.status).toBe(204)
  await expect.poll(entries.stale, inTime).toBe(0)
  expect(await cache.redis.exists(cache.keys.entry(kinds.timeline, worldId, 'c0').key)).toBe(0)
})
