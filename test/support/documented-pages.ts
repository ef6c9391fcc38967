import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { ask, openPages, tokens } from './http.ts'
import { fresh, plantWorld } from './setup.ts'

const execute = promisify(execFile)

/** Secured pages of a world, and a folder that has their OpenAPI document, `openapi.json`, for those that make a client of it. */
export async function openDocumentedPages() {
  const pages = await openPages({ secured: true })
  const worldId = fresh()
  await plantWorld(pages.world, worldId)
  const folder = await mkdtemp(join(tmpdir(), 'hearth-client-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = (name: string) => join(folder, name)
  await writeFile(file('openapi.json'), (await ask(`${pages.url}/docs/json`, { token: tokens.reader })).text)
  return {
    ...pages,
    worldId,
    /** The path of a file in the folder. */
    file,
    /** Runs a program in the folder; rejects where it fails. */
    run: (program: string, args: readonly string[]) => execute(program, args, { cwd: folder }),
  }
}
