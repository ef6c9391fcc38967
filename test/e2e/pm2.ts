import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { type Env, root, withoutHearth } from './hearth-command.ts'

const command = createRequire(import.meta.url).resolve('pm2/bin/pm2')

/** A process as pm2 lists it. */
export interface Listed {
  name: string
  pid: number
  status: string
  restarts: number
  port: number
}

/** A pm2 with its own home folder, which is stopped with all its processes when the test ends. */
export async function openPm2(env: Env) {
  const home = await mkdtemp(join(tmpdir(), 'hearth-pm2-'))
  const pm2 = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [command, ...args, '--no-color'], {
      env: { ...withoutHearth(), HEARTH_WORKER_NICE: '0', ...env, PM2_HOME: home, PM2_DISCRETE_MODE: 'true' },
      cwd: root,
      maxBuffer: 1 << 24,
    })
    return stdout
  }
  onTestFinished(async () => {
    await pm2('kill').catch(() => {})
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  })
  return {
    run: pm2,

    /** The apps of ecosystem.config.js, on ports that are free here. */
    async start(basePort: number): Promise<void> {
      const file = join(home, 'ecosystem.config.cjs')
      await writeFile(
        file,
        `const { apps } = require(${JSON.stringify(join(root, 'ecosystem.config.js'))})
        module.exports = {
          apps: apps.map(app => ({ ...app, env: { ...app.env, HEARTH_PORT: app.env.HEARTH_PORT - 3400 + ${basePort} } })),
        }`,
      )
      await pm2('start', file)
    },

    async list(): Promise<Listed[]> {
      const listed = JSON.parse(await pm2('jlist')) as {
        name: string
        pid: number
        pm2_env: { status: string; restart_time: number; HEARTH_PORT: number }
      }[]
      return listed.map(({ name, pid, pm2_env: { status, restart_time: restarts, HEARTH_PORT: port } }) => ({
        name,
        pid,
        status,
        restarts,
        port: Number(port),
      }))
    },

    /** The log of pm2 itself, with the exits of processes. */
    log: () => readFile(join(home, 'pm2.log'), 'utf8'),
  }
}
