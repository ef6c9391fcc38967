import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { HearthError } from '../../model/errors.ts'
import { guardOrphan } from './orphan-guard.ts'
import type { ServerProcess } from './started.ts'

/** Where a child runs. The folder is its own, and goes with it. */
export interface Place {
  folder: string
  port: number
}

export interface Running extends Place {
  pid: number
  /** All that it has printed since it was started. */
  log(): Promise<string>
  /** Aborted when it ends, so that no call waits for the answer of a dead one. */
  ended: AbortSignal
}

export interface ChildSpec {
  /** As a person calls it: "Redis". */
  name: string
  command: string
  args(place: Place): readonly string[]
  env: NodeJS.ProcessEnv
  /** Puts configuration into the folder, before each first start on a port. */
  prepare?(place: Place): Promise<void>
  /** Whether it, and no other server on that port, answers. Asked again and again until it does. */
  answers(running: Running): Promise<boolean>
  /** How long it may take to answer, in ms. */
  readyMs: number
  /** How long it may take to stop on SIGTERM before it is killed, in ms. */
  stopMs: number
}

const askEveryMs = 50
const logLines = 15

/**
 * One server process in a place of its own, which may be killed and started again there. It has a process group of
 * its own, so a Ctrl-C in the terminal does not reach it and its parent decides the order of stopping; yet
 * it never outlives us.
 */
export class Child implements ServerProcess {
  readonly place: Place
  readonly #spec: ChildSpec
  readonly #logFile: string
  #process: ChildProcess | undefined
  #gone: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | undefined

  constructor(spec: ChildSpec, place: Place) {
    this.#spec = spec
    this.place = place
    this.#logFile = join(place.folder, 'server.log')
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Resolves once it answers. If it does not, it is ended: `ServerMissing`, with the end of its log. */
  async start(): Promise<void> {
    const output = openSync(this.#logFile, 'w')
    const child = spawn(this.#spec.command, this.#spec.args(this.place), {
      cwd: this.place.folder,
      env: this.#spec.env,
      detached: true,
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    this.#process = child
    if (child.pid === undefined) {
      const [error] = await once(child, 'error')
      this.#process = undefined
      throw new HearthError('ServerMissing', `${this.#spec.name} could not be run: ${String(error)}`)
    }
    const liftGuard = guardOrphan({ pid: child.pid, folder: this.place.folder })
    const ended = new AbortController()
    this.#gone = new Promise<void>(resolve => {
      child.once('exit', () => {
        liftGuard()
        ended.abort()
        resolve()
      })
    })
    child.unref() // a forgotten stop() must not keep us alive
    try {
      const log = () => this.log()
      await this.#untilItAnswers(child, { ...this.place, pid: child.pid, log, ended: ended.signal })
    } catch (error) {
      await this.#end()
      throw error
    }
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (!child || !isAlive(child)) return
    child.ref()
    child.kill(signal)
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') child.unref()
    else await this.#gone
  }

  async restart(): Promise<void> {
    if (this.#stopped)
      throw new HearthError('Closed', `${this.#spec.name} was stopped, and its folder is gone`)
    await this.#end()
    await this.start()
  }

  /** Ends it and removes its folder. Safe twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end().then(() =>
      rm(this.place.folder, { recursive: true, force: true, maxRetries: 3 }),
    )
    return this.#stopped
  }

  /** What it has printed since its last start. */
  log(): Promise<string> {
    return readFile(this.#logFile, 'utf8').catch(() => '')
  }

  async #untilItAnswers(child: ChildProcess, running: Running): Promise<void> {
    const deadline = Date.now() + this.#spec.readyMs
    while (isAlive(child) && Date.now() < deadline) {
      if (await this.#spec.answers(running).catch(unlessDead(child))) return
      await pause(askEveryMs)
    }
    const what = isAlive(child)
      ? `did not answer within ${this.#spec.readyMs} ms`
      : `ended (${child.signalCode ?? `code ${child.exitCode}`})`
    const tail = (await this.log()).trimEnd().split('\n').slice(-logLines).join('\n')
    throw new HearthError('ServerMissing', `${this.#spec.name} ${what}. The end of its log:\n${tail}`)
  }

  async #end(): Promise<void> {
    const child = this.#process
    if (!child || !isAlive(child)) return
    const last = setTimeout(() => child.kill('SIGKILL'), this.#spec.stopMs)
    child.kill('SIGCONT') // one that a test has halted would never see the SIGTERM
    await this.kill('SIGTERM')
    clearTimeout(last)
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

/** A question to one that died meanwhile fails too; then its log tells more than that error. */
function unlessDead(child: ChildProcess): (error: unknown) => false {
  return error => {
    if (isAlive(child)) throw error
    return false
  }
}
