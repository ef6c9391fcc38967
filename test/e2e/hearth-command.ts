import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))
const main = `${root}dist/cli/main.js`

if (!existsSync(main)) {
  console.log('[e2e] dist/ is missing (npm test builds it first): building it now')
  execFileSync(process.execPath, [`${root}tools/build.js`], { stdio: 'inherit' })
}

export type Env = Record<string, string>

/** A `hearth` process, which is killed when the test ends if it still runs. */
export interface HearthProcess {
  pid: number
  /** What it has sent to the process that supervises it. */
  messages: readonly unknown[]
  /** All that it has printed so far, on both channels. */
  printed(): string
  /** Resolves with the match once the pattern was printed; rejects if the process ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  kill(signal: NodeJS.Signals): void
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>
}

/**
 * Starts the built command. It sees only the given HEARTH_ variables, and one more: with the usual `nice`, a worker would
 * be too slow for its test while other tests run.
 */
export const startHearth = (args: readonly string[], env: Env = {}, { cwd = root } = {}): HearthProcess =>
  startProcess([process.execPath, main, ...args], { env, cwd })

/** Starts any command in the same way. */
export function startProcess(
  [command = '', ...args]: readonly string[],
  { env, cwd }: { env: Env; cwd: string },
): HearthProcess {
  const child = spawn(command, args, {
    env: { ...withoutHearth(), HEARTH_WORKER_NICE: '0', ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // with the channel that pm2 listens on
    detached: true, // its own process group, of which no process may be left
  })
  const ended = endOf(child)
  const output = gather(child)
  const messages: unknown[] = []
  child.on('message', message => messages.push(message))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    pid: child.pid ?? 0,
    messages,
    printed: () => output.text,
    says: pattern =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output.text)
          if (match) resolve(match)
        }
        output.listeners.push(look)
        look()
        ended.then(how => reject(new Error(`it ended (${how}) without saying ${pattern}:\n${output.text}`)))
      }),
    kill: signal => {
      child.kill(signal)
    },
    ended,
  }
}

/**
 * A directory with these files, for processes to be started in. Its files import the packages that this one has; a
 * configuration file gets this package from the command.
 */
export function directoryWith(files: Readonly<Record<string, string>>): { cwd: string } {
  const cwd = mkdtempSync(join(tmpdir(), 'hearth-e2e-'))
  onTestFinished(() => rmSync(cwd, { recursive: true }))
  symlinkSync(join(root, 'node_modules'), join(cwd, 'node_modules'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
  return { cwd }
}

/** The servers of this run, with queues of their own. */
export function settings(): Env {
  const { uri, user, password } = neo4jAuth()
  return {
    HEARTH_REDIS_URL: redisUrl(),
    HEARTH_QUEUE_PREFIX: fresh('q'),
    HEARTH_NEO4J_URI: uri,
    HEARTH_NEO4J_USER: user,
    HEARTH_NEO4J_PASSWORD: password,
    HEARTH_PORT: '0',
  }
}

/** Runs the built command to its end. */
export async function hearth(args: readonly string[], env: Env = {}, { cwd = root }: { cwd?: string } = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...withoutHearth(), ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [out, err] = [{ text: '' }, { text: '' }]
  child.stdout.on('data', chunk => {
    out.text += chunk
  })
  child.stderr.on('data', chunk => {
    err.text += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out: out.text, err: err.text }
}

/** The child processes of this one, and their children. */
export function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(text => text !== '')
    .map(Number)
  return children.flatMap(child => [child, ...descendants(child)])
}

/** Whether a process is alive; a zombie is not. */
export function isRunning(pid: number): boolean {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')
    return !afterName.startsWith('Z')
  } catch {
    return false
  }
}

/** The processes of a group. */
export function groupOf(leader: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => isRunning(pid) && groupIdOf(pid) === leader)
}

function groupIdOf(pid: number): number | undefined {
  try {
    const [, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return Number(group)
  } catch {
    return undefined
  }
}

export function withoutHearth(): Env {
  const kept = Object.entries(process.env).filter(([name]) => !/^hearth_/i.test(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? '']))
}

function gather(child: ChildProcess) {
  const output = { text: '', listeners: [] as (() => void)[] }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', chunk => {
      output.text += chunk
      for (const listener of output.listeners) listener()
    })
  }
  return output
}

async function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return code ?? signal ?? 'SIGKILL'
}
