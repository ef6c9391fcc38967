import { readdirSync, readFileSync } from 'node:fs'
import { uniq } from 'es-toolkit'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { cacheCommands, queueCommands, refusedTo } from '../../cli/doctor/permissions.ts'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import { root, textOf } from '../support/pages.ts'
import { fresh } from '../support/setup.ts'

let server: StartedRedis
let admin: Redis
beforeAll(async () => {
  server = await startRedis({ isolated: true })
  admin = new Redis(server.url)
})
afterAll(async () => {
  admin?.disconnect()
  await server?.stop()
})

/** A connection of a new user with the documented rules of `hearth-cache` or `hearth-queue`, and these after them. */
async function connectedAs(user: 'hearth-cache' | 'hearth-queue', ...more: string[]): Promise<Redis> {
  const [, rules = ''] =
    new RegExp(`^ACL SETUSER ${user} on >… (.+)$`, 'm').exec(textOf('docs/security.md')) ?? []
  const name = fresh('user')
  await admin.acl('SETUSER', name, 'on', '>pw', ...rules.split(' '), ...more)
  const redis = new Redis(server.url.replace('//', `//${name}:pw@`), { enableReadyCheck: false })
  onTestFinished(() => redis.disconnect())
  return redis
}

test('the documented users may send all that is tried, and nothing is left behind', async () => {
  await admin.acl('LOG', 'RESET')
  const well = { commands: [], key: undefined, channel: undefined }
  expect(await refusedTo(await connectedAs('hearth-cache'), 'lw', cacheCommands)).toEqual(well)
  expect(await refusedTo(await connectedAs('hearth-queue'), 'hearth', queueCommands)).toEqual(well)
  expect(await admin.acl('LOG')).toEqual([])
  expect(await admin.keys('*')).toEqual([])
})

test('each command that a user lacks is named, with its subcommand', async () => {
  const cache = await connectedAs('hearth-cache', '-zadd', '-eval', '-client|setname', '-client|tracking')
  const { commands } = await refusedTo(cache, 'lw', cacheCommands)
  expect(commands).toEqual(['eval', 'zadd', 'client|setname', 'client|tracking'])
  const queue = await connectedAs('hearth-queue', '-multi', '-xread', '-subscribe')
  expect((await refusedTo(queue, 'hearth', queueCommands)).commands).toEqual(['xread', 'multi', 'subscribe'])
  const reader = await connectedAs('hearth-queue', '-@write')
  expect((await refusedTo(reader, 'hearth', queueCommands)).commands).toContain('set')
})

test('the doctor names the keys that a user may not use', async () => {
  const queue = await connectedAs('hearth-queue')
  const { key } = await refusedTo(queue, 'another', queueCommands)
  expect(key).toMatch(/^another:probe:/)
})

test('the doctor names the channels that a user may not use, and goes on', async () => {
  const queue = await connectedAs('hearth-queue', 'resetchannels', '-xread')
  const refused = await refusedTo(queue, 'hearth', queueCommands)
  expect(refused).toEqual({
    commands: ['xread'],
    key: undefined,
    channel: expect.stringMatching(/^hearth:probe:/),
  })
})

/** The commands that scripts in a folder call. */
function calledIn(folder: string, call: RegExp): string[] {
  const url = new URL(folder, root)
  const texts = readdirSync(url).map(name => readFileSync(new URL(name, url), 'utf8'))
  return uniq(texts.flatMap(text => [...text.matchAll(call)].map(([, name = '']) => name.toLowerCase())))
}

const namesOf = (commands: readonly string[]) => ['set', ...commands.map(text => text.split(' ')[0])]

test('every command of a script is tried', () => {
  const ours = /redis\.call\('([A-Z]+)'/g
  expect(namesOf(cacheCommands)).toEqual(expect.arrayContaining(calledIn('cache/lua/', ours)))
  expect(namesOf(queueCommands)).toEqual(expect.arrayContaining(calledIn('queues/lua/', ours)))
  const bullmq = calledIn('node_modules/bullmq/dist/esm/scripts/', /rcall\("([A-Za-z]+)"/g)
  expect(bullmq.length).toBeGreaterThan(40)
  expect(namesOf(queueCommands)).toEqual(expect.arrayContaining(bullmq))
})
