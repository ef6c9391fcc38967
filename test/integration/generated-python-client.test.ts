import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { onPath } from '../../cli/servers/on-path.ts'
import { openDocumentedPages } from '../support/documented-pages.ts'
import { tokens } from '../support/http.ts'

/** What a client writes who has only what the generator made. */
const program = `
import sys
from client import AuthenticatedClient
from client.api.game import append_events
from client.api.operator import pending_events
from client.models import AppendEventsBody

url, world_id, token = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)
event = {"event_id": "e9", "timestamp": "2030-01-01T00:00:00", "participants": ["c1"]}
body = AppendEventsBody.from_dict({"events": [event]})
appended = append_events.sync_detailed(world_id, client=client, body=body)
pending = pending_events.sync(world_id, client=client)
print(int(appended.status_code), pending.pending, len(pending.dead))
`

test('a client that openapi-python-client makes of the document appends and reads', async context => {
  const generator = onPath('openapi-python-client', process.env)
  if (!generator) {
    console.log(
      '[client] skipped: openapi-python-client is not on the PATH (pip install openapi-python-client)',
    )
    return context.skip()
  }
  const { url, worldId, file, run } = await openDocumentedPages()
  await writeFile(file('program.py'), program)

  const made = ['generate', '--path', file('openapi.json'), '--output-path', file('client'), '--meta', 'none']
  const { stdout: said } = await run(generator, made)
  expect(said).not.toMatch(/WARNING|ERROR/)
  const python = join(dirname(generator), 'python')
  const { stdout } = await run(python, ['program.py', url, worldId, tokens.game])
  expect(stdout).toBe('202 1 0\n')
})
