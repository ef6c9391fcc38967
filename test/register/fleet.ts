import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Counts, countNames, type RegisterSetup, type Status } from './setup.ts'

/** The processes of a register test, as their newest reports have them. */
export interface Fleet {
  readonly pids: readonly number[]
  /** Sums over all processes. */
  counts(): Counts
  statuses(): readonly Status[]
  start(): void
  /** Resolves when reports made after this call are as wanted. Rejects if a process ends, or after two minutes. */
  until(wanted: (statuses: readonly Status[]) => boolean, what: string): Promise<void>
  /** Resolves when all have stopped acting and made their last reports. */
  stop(): Promise<void>
  /** Ends the processes, however the test went. */
  kill(): void
}

const limitMs = 120_000
const file = fileURLToPath(new URL('process.ts', import.meta.url))

/** Starts the processes, and resolves when they are ready. */
export async function openFleet(setup: Omit<RegisterSetup, 'index'>): Promise<Fleet> {
  const children = Array.from({ length: setup.processes }, (_, index) =>
    fork(file, [JSON.stringify({ ...setup, index })], { execArgv: ['--import', 'tsx'] }),
  )
  const newest: (Status | undefined)[] = children.map(() => undefined)
  const waiting = new Set<{ reported(process: number): void; fail(error: Error): void }>()
  children.forEach((child, i) => {
    child.on('message', status => {
      newest[i] = status as Status
      for (const each of waiting) each.reported(i)
    })
    child.on('exit', (code, signal) => {
      if (newest[i]?.ended) return
      for (const each of waiting) each.fail(new Error(`process ${i} ended with ${code ?? signal}`))
    })
  })
  const statuses = () => newest.filter(status => status !== undefined)

  const until: Fleet['until'] = (wanted, what) =>
    new Promise<void>((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer)
        waiting.delete(waiter)
        end()
      }
      const fail = (error: Error) => settle(() => reject(error))
      const late = () => fail(new Error(`not within ${limitMs} ms: ${what}; ${JSON.stringify(statuses())}`))
      const timer = setTimeout(late, limitMs)
      const reports = new Set<number>()
      const reported = (process: number) => {
        reports.add(process)
        if (reports.size === children.length && wanted(statuses())) settle(resolve)
      }
      const waiter = { reported, fail }
      waiting.add(waiter)
    })

  const kill = () => {
    for (const child of children) child.kill('SIGKILL')
  }
  const sendAll = (message: string) => {
    for (const child of children) child.send(message)
  }
  try {
    await until(() => true, 'every process is ready')
  } catch (error) {
    kill()
    throw error
  }
  return {
    pids: children.map(({ pid }) => pid as number),
    counts: () =>
      statuses()
        .map(({ counts }) => counts)
        .reduce(added),
    statuses,
    start: () => sendAll('start'),
    until,
    async stop() {
      sendAll('stop')
      await until(all => all.every(status => status.ended), 'every process has stopped')
    },
    kill,
  }
}

function added(a: Counts, b: Counts): Counts {
  return Object.fromEntries(countNames.map(name => [name, a[name] + b[name]])) as Counts
}
