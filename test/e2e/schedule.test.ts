import { expect, test } from 'vitest'
import { onceIn, schedulesSetup } from '../support/schedules-setup.ts'
import { hearth } from './hearth-command.ts'

test("hearth schedule needs only the queues' Redis, and prints the rounds for people and for programs", async () => {
  const { place, start, next } = schedulesSetup()
  const env = { HEARTH_QUEUE_REDIS_URL: place.address, HEARTH_QUEUE_PREFIX: place.prefix }
  const nothing = await hearth(['schedule'], env)
  expect(nothing).toMatchObject({ code: 0, err: '', out: expect.stringContaining('No round') })

  const { expression, at } = onceIn(500)
  const failed = next('failed')
  start({
    expression,
    async run() {
      throw new Error('no luck')
    },
  })
  await failed
  const [shown, json] = await Promise.all([hearth(['schedule'], env), hearth(['schedule', '--json'], env)])
  expect(shown.out).toContain('│ refresh │')
  expect(shown.out).toMatch(/│ failed +│/)
  expect(shown.out).toMatch(/refresh failed in \S+:\d+: no luck/)
  expect(JSON.parse(json.out)).toEqual([
    {
      name: 'refresh',
      expression,
      nextAt: new Date(at.getTime() + 86_400_000).toISOString(),
      last: {
        at: expect.any(String),
        by: expect.any(String),
        tookMs: expect.any(Number),
        outcome: 'failed',
        reason: 'no luck',
      },
      skipped: 0,
      caughtUp: 0,
    },
  ])

  const unnamed = await hearth(['schedule'], { TMPDIR: '/dev/null' }) // no `hearth dev` of another test is found there
  expect(unnamed).toMatchObject({ code: 2, err: expect.stringContaining('HEARTH_REDIS_URL is missing') })
})
