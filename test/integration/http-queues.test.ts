import { expect, test } from 'vitest'
import type { JobsShown } from '../../dashboard/console/jobs-shown.ts'
import { maxFailures } from '../../queues/failures.ts'
import { failJobs, setAside } from '../support/failed-jobs.ts'
import { ask, openPages, tokens } from '../support/http.ts'
import { fresh, queueOf } from '../support/setup.ts'

/** Pages with failed jobs. */
async function withFailures(reasons: readonly string[]) {
  const pages = await openPages({ secured: true })
  await failJobs(pages, reasons)
  const queue = queueOf(pages.hearth, 'audit')
  const as =
    (token: string) =>
    (path: string, asked: Parameters<typeof ask>[1] = {}) =>
      ask(`${pages.api}${path}`, { token, ...asked })
  return { ...pages, queue, reader: as(tokens.reader), operator: as(tokens.ops) }
}

test('failed jobs of one reason run again together, and others stay as they are', async () => {
  const { operator, reader, queue } = await withFailures([
    'there is no world "a"',
    'there is no world "b"',
    'out of luck',
  ])
  expect((await reader('/jobs/audit/retry', { method: 'POST' })).status).toBe(403)
  const { status, json } = await operator('/jobs/audit/retry', { body: { reason: 'there is no world "c"' } })
  expect([status, json]).toEqual([202, { retried: 2, remaining: 1 }])
  expect((await queue.getFailed()).map(({ failedReason }) => failedReason)).toEqual(['out of luck'])
  expect((await operator('/jobs/audit/retry', { method: 'POST' })).json).toEqual({ retried: 1, remaining: 0 })
  expect((await operator('/jobs/none/retry', { method: 'POST' })).json.code).toBe('NotFound')
  const wrong = await operator('/jobs/audit/retry', { body: { reason: 7 } })
  expect([wrong.status, wrong.json.errors[0].path]).toEqual([400, 'body.reason'])
})

test('one call has 200 jobs run again at most, and says how many remain', async () => {
  const { operator } = await withFailures(
    Array.from({ length: maxFailures + 5 }, (_, i) => `no luck at ${i}`),
  )
  const once = await operator('/jobs/audit/retry', { method: 'POST' })
  expect(once.json).toEqual({ retried: maxFailures, remaining: 5 })
})

test('a queue is paused and resumed by operators only', async () => {
  const { hearth, api } = await openPages({ secured: true })
  const queue = queueOf(hearth, 'warm')
  const act = (word: string, token: string) => ask(`${api}/jobs/warm/${word}`, { method: 'POST', token })
  expect((await act('pause', tokens.game)).status).toBe(403)
  expect((await act('pause', tokens.ops)).json).toEqual({ queue: 'warm', isPaused: true })
  expect(await queue.isPaused()).toBe(true)
  expect((await act('resume', tokens.ops)).json).toEqual({ queue: 'warm', isPaused: false })
  expect(await queue.isPaused()).toBe(false)
  expect((await ask(`${api}/jobs/none/pause`, { method: 'POST', token: tokens.ops })).status).toBe(404)
})

test('the page Queues has each queue, its failures by reason without ids, and worlds with dead events', async () => {
  const { reader, hearth } = await withFailures([
    'there is no world "a"',
    'out of luck',
    'there is no world "b"',
  ])
  const worldId = fresh('dead')
  await setAside(hearth, worldId, 'not for this source')
  await queueOf(hearth, 'refresh').pause()

  const { status, json, text } = await reader('/console/jobs')
  const { queues, failures, dead } = json as JobsShown
  expect([status, queues.error, failures.error, dead.error]).toEqual([200, null, null, null])
  expect(queues.value?.map(({ name }) => name)).toEqual('warm invalidate refresh flush audit'.split(' '))
  expect(queues.value?.find(({ name }) => name === 'refresh')).toMatchObject({ isPaused: true, workers: 0 })
  expect(queues.value?.find(({ name }) => name === 'audit')).toMatchObject({ failed: 3, workers: 1 })
  expect(failures.value).toMatchObject([
    {
      queue: 'audit',
      examined: 3,
      groups: [
        {
          reason: 'there is no world …',
          jobs: 2,
          lastAt: expect.any(Number),
          lastId: expect.stringMatching(/^f[02]$/),
        },
        { reason: 'out of luck', jobs: 1, lastId: 'f1' },
      ],
    },
  ])
  expect(dead.value).toEqual({ worlds: [{ worldId, events: 1 }], total: 1 })
  expect(text).not.toContain('not for this source')
})

test('asked anew, the page Queues has what was done a moment ago', async () => {
  const { reader, operator } = await withFailures(['out of luck'])
  const shown = async (headers = {}) => {
    const { queues, failures } = (await reader('/console/jobs', { headers })).json as JobsShown
    const isPaused = queues.value?.find(({ name }) => name === 'refresh')?.isPaused
    return { isPaused, failures: failures.value?.length }
  }
  expect(await shown()).toEqual({ isPaused: false, failures: 1 })
  await operator('/jobs/refresh/pause', { method: 'POST' })
  await operator('/jobs/audit/retry', { method: 'POST' })
  expect(await shown({ 'cache-control': 'no-cache' })).toEqual({ isPaused: true, failures: 0 })
})
