import { uniq } from 'es-toolkit'
import { expect, test } from 'vitest'
import { createProgram } from '../../cli/program.ts'
import { createHearth } from '../../hearth/hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { ask, openPages } from '../support/http.ts'
import { textOf } from '../support/pages.ts'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

const page = textOf('docs/interfaces.md')

/** Of each row the code in its cells; the column of the library is missing in the table for operators. */
const rows = page
  .split('\n')
  .filter(line => /^\| (?!what it does|---)/.test(line))
  .map(line => {
    const cells = line.split('|').slice(1, -1)
    const codes = cells.map(cell => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code))
    return {
      library: codes.length === 4 ? codes[1] : [],
      http: codes.at(-2) ?? [],
      command: codes.at(-1) ?? [],
    }
  })

const onlyIn = (interfaceName: string): string[] => {
  const line = page.split('\n').find(each => each.startsWith(`- ${interfaceName} only`)) ?? ''
  return [...line.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

test('docs/interfaces.md has every method of the library', async () => {
  const hearth = createHearth({ cache: redisUrl(), queuePrefix: fresh('q'), world: embeddedWorld() })
  await hearth.close()
  const listed = [...rows.flatMap(({ library = [] }) => library), ...onlyIn('The library')]
  expect(uniq(listed).sort()).toEqual(Object.keys(hearth).sort())
})

test('docs/interfaces.md has every operation of the HTTP API, and each has a name of its own', async () => {
  const { url } = await openPages()
  const { json } = await ask(`${url}/docs/json`)
  const paths = json.paths as Record<string, Record<string, { operationId?: string }>>
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      name: `${method.toUpperCase()} ${path.replace('/api/v1', '')}`,
      operationId,
    })),
  )
  expect(uniq(rows.flatMap(({ http }) => http)).sort()).toEqual(operations.map(({ name }) => name).sort())
  const ids = operations.map(({ operationId }) => operationId)
  expect(ids).toEqual(uniq(ids).map(() => expect.any(String)))
})

test('docs/interfaces.md has every command, and every operation has one', () => {
  const commands = createProgram().commands.map(command => command.name())
  const listed = [...rows.flatMap(({ command }) => command), ...onlyIn('The command line')]
  expect(uniq(listed.map(text => text.split(' ')[0])).sort()).toEqual(commands.sort())
  for (const row of rows) expect(row.command).not.toEqual([])
})
