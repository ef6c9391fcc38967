import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { onPath } from '../../cli/servers/on-path.ts'
import { openPages, tokens } from '../support/http.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh, plantWorld } from '../support/setup.ts'

const run = promisify(execFile)
const exampleOf = (page: string, language: string) =>
  new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(
    readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8'),
  )?.[1] ?? ''
const example = (language: string) => exampleOf('http-api.md', language)

/** Runs an example of docs/http-api.md, with another world id. */
async function tried(program: string, args: readonly string[], language: string) {
  const pages = await openPages({ secured: true })
  const worldId = fresh()
  await plantWorld(pages.world, worldId)
  const env = { PATH: process.env.PATH ?? '', HEARTH: pages.url, TOKEN: tokens.game }
  const { stdout } = await run(program, [...args, example(language).replaceAll('w1', worldId)], { env })
  return { stdout, worldId, ...pages }
}

test('the examples for curl', async context => {
  if (!onPath('curl', process.env)) {
    console.log('[examples] skipped: there is no curl here')
    return context.skip()
  }
  const { stdout, hearth } = await tried('sh', ['-ec'], 'sh')
  expect(stdout).toContain('{"weather":"calm"}')
  expect(stdout).toContain('"event_id":"c1-e1"')
  expect(stdout).toContain('{"outcome":"invalidated"}')
  expect(await hearth.producer.queues[0]?.getJobCountByTypes('waiting')).toBe(1)
})

test('the examples for Python', async context => {
  if (!onPath('python3', process.env)) {
    console.log('[examples] skipped: there is no python3 here')
    return context.skip()
  }
  const { stdout } = await tried('python3', ['-c'], 'python')
  expect(stdout.split('\n')).toEqual([
    "{'weather': 'calm'}",
    'name of c1',
    '2026-01-01T00:00:01 None',
    '2026-01-01T00:00:00 None',
    'invalidated',
    expect.stringMatching(/^400 InvalidInput .*type/),
    '',
  ])
})

/** The part of redis-py that the example needs, for a machine without redis-py. */
const redisModule = `
import socket, urllib.parse
class Redis:
    @classmethod
    def from_url(cls, url):
        self, place = cls(), urllib.parse.urlsplit(url)
        self.file = socket.create_connection((place.hostname, place.port)).makefile("rwb")
        return self
    def get(self, key):
        raw = key.encode()
        self.file.write(b"*2\\r\\n$3\\r\\nGET\\r\\n$%d\\r\\n%s\\r\\n" % (len(raw), raw))
        self.file.flush()
        size = int(self.file.readline()[1:])
        return None if size < 0 else self.file.read(size + 2)[:-2]
`

test('the example for a reader of the Redis keys', async context => {
  if (!onPath('python3', process.env)) {
    console.log('[examples] skipped: there is no python3 here')
    return context.skip()
  }
  const { hearth, world } = await openPages()
  const worldId = fresh("w ü/~!*'()")
  await plantWorld(world, worldId)
  const times = ['2031-06-01T13:30:00+02:00', '2031-06-01T11:00:00']
  await world.addEvents(
    worldId,
    times.map((timestamp, i) => ({ event_id: `t${i}`, timestamp, participants: ['c1'] })),
  )
  await hearth.flags(worldId)
  await hearth.entity(worldId, { type: 'character', id: 'c1' })
  await hearth.entity(worldId, { type: 'character', id: 'n/o ~one' })
  await hearth.timeline(worldId, 'c1')

  const folder = await mkdtemp(join(tmpdir(), 'hearth-example-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'redis.py'), redisModule)
  const env = { PATH: process.env.PATH ?? '', PYTHONPATH: folder, HEARTH_REDIS_URL: redisUrl() }
  const program = exampleOf('redis-keys.md', 'python').replaceAll('"w1"', JSON.stringify(worldId))
  const { stdout } = await run('python3', ['-c', program], { env: { ...env, PYTHONIOENCODING: 'utf8' } })
  expect(stdout.split('\n')).toEqual([
    "(True, {'weather': 'calm'})",
    'name of c1',
    '(True, None)',
    '2031-06-01T13:30:00+02:00 t0',
    '2031-06-01T11:00:00+00:00 t1',
    '2026-01-01T00:00:01+00:00 c1-e1',
    '2026-01-01T00:00:00+00:00 c1-e0',
    '',
  ])
})
