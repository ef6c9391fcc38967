import { Writable } from 'node:stream'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { Closing } from '../../cli/closing.ts'
import { openHearth } from '../../cli/connect.ts'
import { noWorld } from '../../cli/no-world.ts'
import { startServing } from '../../cli/process.ts'
import { startRedis } from '../../cli/servers/redis.ts'
import { readConfig } from '../../config/read.ts'
import type { Overview } from '../../dashboard/console/overview.ts'
import { partsOf } from '../../hearth/hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { ask } from '../support/http.ts'
import { watchNear } from '../support/near-states.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

const configOf = (env: Record<string, string> = {}) =>
  readConfig({
    env: {
      HEARTH_REDIS_URL: redisUrl(),
      HEARTH_QUEUE_REDIS_URL: redisUrl(),
      HEARTH_QUEUE_PREFIX: fresh('q'),
      HEARTH_PORT: '0',
      ...env,
    },
    needs: ['redisUrl'],
  })

/** A process without parts, as `hearth dashboard` is, and the lines of its log about the near cache. */
async function serve({ env, ...options }: { near?: boolean; env?: Record<string, string> }) {
  const lines: { level: number; msg: string }[] = []
  const kept = new Writable({
    write(line, _encoding, done) {
      const parsed = JSON.parse(String(line))
      if (parsed.msg.includes('near cache')) lines.push(parsed)
      done()
    },
  })
  const near = watchNear()
  const closing = new Closing()
  onTestFinished(async () => void (await closing.close()))
  const { dashboard, hearth } = await startServing({
    name: 'dashboard',
    parts: [],
    config: configOf(env),
    world: embeddedWorld(),
    log: pino({ level: 'info' }, kept),
    closing,
    observer: near.observer,
    ...options,
  })
  return { near, hearth, lines, url: dashboard.url }
}

/** What `/readyz` answers; a process serves it from the start, before it is connected. */
const readyOf = async (url: string) => (await ask(`${url}/readyz`)).json

test('a process that serves reads has a near cache: in its log, /readyz, its metrics and on its overview', async () => {
  const { near, hearth, lines, url } = await serve({ near: true })
  await near.is('armed')
  expect(lines).toMatchObject([{ level: 30, msg: expect.stringContaining('is armed') }])
  const ready = await ask(`${url}/readyz`)
  expect(ready).toMatchObject({ status: 200, json: { ready: true, near: { state: 'armed' } } })
  expect((await ask(`${url}/metrics`)).text).toContain('lw_near_state{state="armed"} 1')
  const overview = (await ask(`${url}/api/v1/overview`)).json as Overview
  expect(overview.near).toMatchObject({ state: 'armed', entries: 0, bytes: 0 })

  await hearth.close()
  expect(lines, 'a process that ends is not connecting again').toHaveLength(1)
})

test('where it is off, one line of the log, /readyz and the overview say why; the process is ready', async () => {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const admin = new Redis(server.url)
  onTestFinished(() => admin.disconnect())
  await admin.acl('SETUSER', 'reader', 'on', '>pw', '~*', '+@all', '-client|tracking')
  const cache = server.url.replace('//', '//reader:pw@')
  const { near, hearth, lines, url } = await serve({ near: true, env: { HEARTH_REDIS_URL: cache } })
  await near.is('off')
  expect(await hearth.flags(fresh())).toBeNull()
  expect(lines).toMatchObject([
    { level: 40, msg: expect.stringMatching(/is off .* reads go on without it: NOPERM/) },
  ])
  const reason = expect.stringContaining('NOPERM')
  const ready = await ask(`${url}/readyz`)
  expect(ready).toMatchObject({ status: 200, json: { ready: true, near: { state: 'off', reason } } })
  expect((await ask(`${url}/api/v1/overview`)).json).toMatchObject({ near: { state: 'off', reason } })
  expect((await ask(`${url}/metrics`)).text).toContain('lw_near_state{state="off"} 1')
})

test('HEARTH_NEAR_BYTES bounds it, and with 0 there is none', async () => {
  const { near, hearth } = await serve({ near: true, env: { HEARTH_NEAR_BYTES: '100' } })
  await near.is('armed')
  for (let i = 0; i < 4; i++) await hearth.flags('no such world')
  expect(partsOf(hearth).cache.near?.stats).toMatchObject({ state: 'armed', entries: 0, fences: 0 })

  const off = await serve({ near: true, env: { HEARTH_NEAR_BYTES: '0' } })
  await expect.poll(() => readyOf(off.url)).toEqual({ ready: true, problems: [] })
  expect((await ask(`${off.url}/metrics`)).text).not.toContain('lw_near_state')
  expect((await ask(`${off.url}/api/v1/overview`)).json).toMatchObject({ near: null })
})

test('processes that serve no reads of a game, and commands, have none', async () => {
  const { hearth, url } = await serve({})
  expect(partsOf(hearth).cache.near).toBeUndefined()
  await expect.poll(() => readyOf(url)).toEqual({ ready: true, problems: [] })
  const command = openHearth({ config: configOf(), world: noWorld() })
  onTestFinished(() => command.close())
  expect(partsOf(command).cache.near).toBeUndefined()
})
