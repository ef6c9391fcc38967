import { expect, onTestFinished, test } from 'vitest'
import { startPool } from '../../jobs/pool/pool.ts'
import { agesMs, atAllAges } from '../support/audit-setup.ts'
import { kinds } from '../support/kinds.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'
import { hearth as command } from './hearth-command.ts'

test('hearth audit compares, reports wrong entries, fails, repairs them, and then reports nothing', async () => {
  const { hearth, world, place } = openHearth()
  const worldId = fresh()
  const ids = await plantWorld(world, worldId)
  const pool = await startPool({ ...place, deps: hearth.jobDeps(), auditAgesMs: agesMs })
  onTestFinished(() => pool.close(1_000))
  const env = { HEARTH_REDIS_URL: place.address, HEARTH_QUEUE_PREFIX: place.prefix }
  const audit = (...flags: string[]) => command(['audit', worldId, ...flags], env)

  expect(await audit('--all')).toMatchObject({ code: 0, out: expect.stringContaining('nothing to compare') })
  await hearth.flags(worldId)
  await hearth.timelines(worldId, ids)
  await hearth.cache.redis.set(hearth.cache.keys.entry(kinds.flags, worldId, null).key, '{"weather":"storm"}')

  const shown = await audit('--all', '--report')
  expect(shown).toMatchObject({ code: 1, err: expect.stringContaining('only be in flight') })
  expect(shown.out).toMatch(/│ timeline +│ +3 │/)
  expect(shown.out).toMatch(/│ flags +│ different: .*│ weather: "storm", truth "calm" +│/)
  expect(shown.out).toMatch(/4 entries of .* were compared .*\n1 looked wrong .* 1 stayed wrong/)

  const timelines = await audit('--kinds', 'timeline')
  expect(timelines).toMatchObject({ code: 0, out: expect.stringMatching(/3 entries of .* were compared/) })

  const mended = await audit('--repair', '--json')
  expect(mended.code).toBe(1)
  expect(JSON.parse(mended.out)).toMatchObject({
    worldId,
    outcome: 'inconsistent',
    repaired: 1,
    inconsistent: atAllAges(1),
    findings: [{ target: { kind: 'flags' }, fault: 'different' }],
  })
  expect(await audit('--all')).toMatchObject({
    code: 0,
    out: expect.stringContaining('Readers get what the source has'),
  })
  expect(await audit('--repair', '--report')).toMatchObject({
    code: 2,
    err: expect.stringContaining('cannot be used with'),
  })
})
