import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openDocumentedPages } from '../support/documented-pages.ts'
import { tokens } from '../support/http.ts'
import { root } from '../support/pages.ts'

const modules = fileURLToPath(new URL('node_modules/', root))

/** What a client writes who has only the types of the OpenAPI document. */
const program = `
import type { paths } from './api.js'

type At<Path extends keyof paths> = paths[Path]
type Append = At<'/api/v1/worlds/{worldId}/events'>['post']['requestBody']['content']['application/json']
type Pending = At<'/api/v1/worlds/{worldId}/pending'>['get']['responses']['200']['content']['application/json']

const [, , api = '', worldId = '', token = ''] = process.argv
const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' }
const events: Append = { events: [{ event_id: 'e9', timestamp: '2030-01-01T00:00:00', participants: ['c1'] }] }
const appended = await fetch(api + '/worlds/' + worldId + '/events', { method: 'POST', headers, body: JSON.stringify(events) })
const pending = (await (await fetch(api + '/worlds/' + worldId + '/pending', { headers })).json()) as Pending
console.log(appended.status, pending.pending, pending.dead.length)
`

test('types that openapi-typescript makes of the document fit what the API takes and answers', async () => {
  const { api, worldId, file, run } = await openDocumentedPages()
  await writeFile(file('package.json'), '{"type":"module"}')
  await writeFile(file('program.ts'), program)
  await writeFile(file('wrong.ts'), program.replace("timestamp: '2030-01-01T00:00:00'", 'timestamp: 5'))

  const node = (...args: string[]) => run(process.execPath, args)
  await node(`${modules}openapi-typescript/bin/cli.js`, file('openapi.json'), '--output', file('api.d.ts'))
  const types = ['--types', 'node', '--typeRoots', `${modules}@types`]
  const settings = [
    '--checkers',
    '1',
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2022',
  ]
  const check = (name: string) => node(`${modules}typescript-7/bin/tsc`, ...settings, ...types, name)
  await check('program.ts')
  await expect(check('wrong.ts')).rejects.toMatchObject({
    stdout: expect.stringContaining("Type 'number' is not assignable to type 'string'"),
  })
  const { stdout } = await node(
    '--import',
    `${modules}tsx/dist/loader.mjs`,
    'program.ts',
    api,
    worldId,
    tokens.game,
  )
  expect(stdout).toBe('202 1 0\n')
})
