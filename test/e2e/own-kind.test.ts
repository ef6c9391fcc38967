import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { ask } from '../support/http.ts'
import { blockOf, giveQuest, mill, playQuests, well } from '../support/own-kind.ts'
import { redisUrl } from '../support/servers.ts'
import { directoryWith, hearth, settings, startHearth } from './hearth-command.ts'

/** The files of docs/kinds.md, as a game has them. */
const files = {
  'quests.ts': blockOf("name: 'quests'"),
  'hearth.config.ts': blockOf('defineConfig({ kinds: [quests] })'),
}

test('a kind that hearth.config.ts declares is a flag, a route, a label and a job in every process', async () => {
  const game = await playQuests()
  const { worldId } = game
  const there = directoryWith(files)
  const env = { ...settings(), HEARTH_AUDIT_AGES_MS: '20,60' }
  const run = (...args: string[]) => hearth(args, env, there)
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).out)
  const redis = new Redis(redisUrl())
  onTestFinished(() => redis.disconnect())

  // A worker without the kind puts its job off, and says so.
  const ignorant = startHearth(['worker'], env)
  const [added] = await Promise.all([
    run('refresh', worldId, '--quests', 'c1'),
    ignorant.says(/ready: waiting for jobs/),
  ])
  expect(added).toMatchObject({ code: 0, out: expect.stringMatching(/^Job \S+ of the queue refresh/) })
  await ignorant.says(/there is no kind \\"quests\\" here; the kinds are flags, .*: its jobs are put off/)
  expect(await redis.exists(`lw:world:${worldId}:quests:c1`)).toBe(0)
  ignorant.kill('SIGKILL')
  await ignorant.ended

  // One that knows it does the job.
  const worker = startHearth(['worker'], env, there)
  const [, pages = ''] = await worker.says(/the pages are at (http:\S+?)"/)
  const api = `${pages}/api/v1`
  const at = `${api}/worlds/${worldId}`
  const [, jobId = ''] = /Job (\S+)/.exec(added.out) ?? []
  await expect
    .poll(async () => (await ask(`${api}/jobs/refresh/${jobId}`)).json)
    .toMatchObject({ state: 'completed', result: { renewed: 1 } })
  expect(await ask(`${at}/quests/c1`)).toMatchObject({ status: 200, json: [well] })
  expect(await ask(`${at}/quests/c2`)).toMatchObject({ status: 404 })
  const metrics = await (await fetch(`${pages}/metrics`)).text()
  expect(metrics).toContain('lw_cache_hits_total{kind="quests",level="redis"} 1')
  expect(metrics).toContain('lw_cache_misses_total{kind="quests"} 1')

  // The command line reads it, and makes it stale.
  await giveQuest(game, 'c1', mill)
  expect(await json('read', worldId, '--quests', 'c1')).toMatchObject({ outcome: 'hit', value: [well] })
  expect((await run('invalidate', worldId, '--quests', 'c1')).out).toContain('1 entries')
  expect(await ask(`${at}/quests/c1`)).toMatchObject({ json: [well, mill] })

  // Its reads have made c1 popular, so a worker warms its quests.
  await expect.poll(() => redis.zscore(`lw:world:${worldId}:popularity`, 'c1')).not.toBeNull()
  expect(await run('activate', worldId, '--force', '--wait')).toMatchObject({ code: 0 })
  expect(await (await fetch(`${pages}/metrics`)).text()).toMatch(/lw_warm_count_total\{kind="quests"\} [1-9]/)
  expect((await ask(`${api}/overview`)).json.countedKinds).toEqual(['timeline', 'quests'])

  // What is wrong in Redis is found by an audit, and repaired.
  await redis.set(`lw:world:${worldId}:quests:c1`, JSON.stringify([well]), 'KEEPTTL')
  expect(await json('audit', worldId, '--all')).toMatchObject({
    outcome: 'inconsistent',
    repaired: 1,
    findings: [{ subject: 'quests c1', target: { kind: 'quests', id: 'c1' }, fault: 'different' }],
  })
  expect(await ask(`${at}/quests/c1`)).toMatchObject({ json: [well, mill] })

  worker.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
})
