import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { envName, type SettingName } from '../config/settings.ts'
import { note } from './terminal.ts'

const running = z.object({ pid: z.int(), redisUrl: z.string(), queuePrefix: z.string() })
type RunningDev = z.output<typeof running>

/** One a user; it is only believed where it belongs to the user who reads it. */
const file = (): string => join(tmpdir(), `hearth-dev-${process.getuid?.() ?? 'user'}.json`)

/** Lets other commands of this user find this `hearth dev`. Returns how to withdraw that. */
export function announceDev(dev: Omit<RunningDev, 'pid'>): () => void {
  const { pid } = process
  writeFileSync(file(), JSON.stringify({ pid, ...dev }), { mode: 0o600 })
  return () => {
    if (readDev()?.pid === pid) rmSync(file(), { force: true }) // another may have begun since
  }
}

/** Where no Redis is named, a command means the `hearth dev` that runs on this machine, and says so. */
export function orRunningDev(flags: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const named: readonly SettingName[] = ['redisUrl', 'queueRedisUrl']
  if (named.some(name => flags[name] !== undefined || process.env[envName(name)])) return flags
  const dev = readDev()
  if (!dev) return flags
  note(`Using the running hearth dev (process ${dev.pid}, ${dev.redisUrl}, queue prefix ${dev.queuePrefix}).`)
  return { ...flags, redisUrl: dev.redisUrl, queuePrefix: flags['queuePrefix'] ?? dev.queuePrefix }
}

function readDev(): RunningDev | undefined {
  try {
    if (process.getuid && statSync(file()).uid !== process.getuid()) return undefined
    const dev = running.parse(JSON.parse(readFileSync(file(), 'utf8')))
    process.kill(dev.pid, 0) // throws where it has ended
    return dev
  } catch {
    return undefined
  }
}
