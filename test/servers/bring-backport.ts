import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Valkey out of the packages of this Debian's backports, downloaded once. The machine's own list of sources stays as it is,
 * and nothing is installed.
 */
export async function bringBackport(cache: string): Promise<string> {
  const folder = join(cache, 'valkey-of-backports')
  const program = join(folder, 'usr/bin/valkey-server')
  if (existsSync(program)) return program

  await mkdir(cache, { recursive: true })
  const beside = await mkdtemp(join(cache, 'bringing-backport-'))
  try {
    const aptGet = await aptOf(beside)
    await aptGet('update')
    await aptGet('download', 'valkey-server', 'valkey-tools')
    const opened = join(beside, 'opened')
    for (const name of await readdir(beside)) {
      if (name.endsWith('.deb')) await run('dpkg', ['-x', join(beside, name), opened])
    }
    await rename(opened, folder)
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
  return program
}

/** An apt-get whose only source is the backports of this Debian, and whose lists are in this folder. */
async function aptOf(folder: string) {
  const release = await readFile('/etc/os-release', 'utf8')
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1]
  const sources = await readFile('/etc/apt/sources.list.d/debian.sources', 'utf8')
  const mirror = /^URIs: *(\S+)/m.exec(sources)?.[1]
  const keyring = /^Signed-By: *(\S+)/m.exec(sources)?.[1]
  if (!codename || !mirror || !keyring) throw new Error('this is no Debian whose sources are known')

  const lists = join(folder, 'lists')
  const list = join(folder, 'sources.list')
  await mkdir(join(lists, 'partial'), { recursive: true })
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true })
  await writeFile(list, `deb [signed-by=${keyring}] ${mirror} ${codename}-backports main\n`)
  const options = [
    `Dir::Etc::SourceList=${list}`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${lists}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap(option => ['-o', option])
  return (...words: string[]) => run('apt-get', [...options, ...words], { cwd: folder })
}
