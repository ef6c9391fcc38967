import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder with these files, which is removed when the test ends. Lists are written as one JSON text a line. */
export async function folderOf(files: Record<string, string | Buffer | readonly unknown[]>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    const text = Array.isArray(content) ? content.map(line => `${JSON.stringify(line)}\n`).join('') : content
    await writeFile(join(folder, name), text as string | Buffer)
  }
  return folder
}
