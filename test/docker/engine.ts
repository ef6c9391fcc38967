import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { thisMachine } from '../../cli/servers/debian.ts'
import { engineAnswers } from '../../cli/servers/docker.ts'
import { onPath } from '../../cli/servers/on-path.ts'
import type { Say } from '../../cli/servers/started.ts'

export interface Engine {
  /** For programs that use it: with DOCKER_HOST, where it is ours. */
  env: NodeJS.ProcessEnv
  /** True: it began empty, and ends with the tests. False: it was there, and pulls the public images. */
  ours: boolean
  stop(): Promise<void>
}

const readyWithinMs = 60_000

/**
 * The Docker engine of this machine, or one of its own under a folder of its own, for which Debian's package is installed.
 * Undefined where neither is possible.
 */
export async function startEngine(say: Say): Promise<Engine | undefined> {
  const { env } = process
  if (await engineAnswers(env)) return { env, ours: false, stop: async () => {} }
  if (!thisMachine.debianAsRoot) return undefined
  if (!onPath('dockerd', env) && !(await thisMachine.install(['docker.io'], env, say))) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'hearth-docker-'))
  const host = `unix://${folder}/docker.sock`
  const args = ['--data-root', 'data', '--exec-root', 'exec', '--pidfile', 'pid'].map((word, i) =>
    i % 2 === 0 ? word : join(folder, word),
  )
  const daemon = spawn('dockerd', ['--host', host, ...args], { stdio: 'ignore' })
  const ended = once(daemon, 'exit')
  const stop = async () => {
    if (daemon.exitCode === null && daemon.kill()) await ended
    await rm(folder, { recursive: true, force: true })
  }
  const ownEnv = { ...env, DOCKER_HOST: host }
  const until = performance.now() + readyWithinMs
  while (!(await engineAnswers(ownEnv))) {
    if (daemon.exitCode !== null || performance.now() > until) {
      await stop()
      return undefined
    }
    await sleep(200)
  }
  say(`Docker: a dockerd of its own, at ${host}`)
  return { env: ownEnv, ours: true, stop }
}
