import { expect, test } from 'vitest'
import { ask, openPages } from '../support/http.ts'
import { fresh, plantWorld } from '../support/setup.ts'

interface Schema {
  examples?: unknown[]
  anyOf?: Schema[]
}

interface Operation {
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> }
}
type Paths = Record<string, Record<string, Operation>>

test('every body of the OpenAPI document has an example, and the API takes it as it is', async () => {
  const pages = await openPages()
  const worldId = fresh()
  await plantWorld(pages.world, worldId)
  const { paths } = (await ask(`${pages.url}/docs/json`)).json as { paths: Paths }
  const answers: [operation: string, status: number | string][] = []
  for (const [path, methods] of Object.entries(paths)) {
    for (const [name, { requestBody }] of Object.entries(methods)) {
      const content = requestBody?.content['application/json']
      if (!content) continue
      const method = name.toUpperCase()
      const ofBranch = content.schema.anyOf?.flatMap(({ examples = [] }) => examples)
      const body = content.example ?? ofBranch?.[0]
      const url = pages.url + path.replace('{worldId}', worldId).replace('{queue}', 'warm')
      answers.push([
        `${method} ${path}`,
        body === undefined ? 'no example' : (await ask(url, { method, body })).status,
      ])
    }
  }
  expect(answers.length).toBeGreaterThan(10)
  expect(answers.filter(([, status]) => typeof status !== 'number' || status >= 300)).toEqual([])
})
