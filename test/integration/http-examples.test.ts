import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { onPath } from '../../cli/servers/on-path.ts'
import { openPages, tokens } from '../support/http.ts'
import { fresh, plantWorld } from '../support/setup.ts'

const run = promisify(execFile)
const page = readFileSync(new URL('../../docs/http-api.md', import.meta.url), 'utf8')
const example = (language: string) =>
  new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(page)?.[1] ?? ''

/** Runs an example of docs/http-api.md as it stands, but for the world's id. */
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
