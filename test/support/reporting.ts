import { fork } from 'node:child_process'

/** Processes of a test that report what they see, again and again, and get messages that say what to do. */
export interface Reporting<Status> {
  readonly pids: readonly number[]
  /** The newest reports. */
  statuses(): readonly Status[]
  /** To all. */
  send(message: string): void
  /** Resolves when reports made after this call are as wanted. Rejects if a process ends, or after `limitMs`. */
  until(wanted: (statuses: readonly Status[]) => boolean, what: string): Promise<void>
  /** Ends the processes, however the test went. */
  kill(): void
}

/** What a process may report. */
interface Ended {
  /** It acts no more; this is its last report. */
  ended?: boolean
}

interface ReportingSpec {
  file: string
  /** The argument of each process, as JSON. */
  setups: readonly object[]
  limitMs: number
}

/** Starts the processes, and resolves when each has reported. */
export async function openReporting<Status extends object>({
  file,
  setups,
  limitMs,
}: ReportingSpec): Promise<Reporting<Status>> {
  const children = setups.map(setup => fork(file, [JSON.stringify(setup)], { execArgv: ['--import', 'tsx'] }))
  const newest: (Status | undefined)[] = children.map(() => undefined)
  const waiting = new Set<{ reported(process: number): void; fail(error: Error): void }>()
  children.forEach((child, i) => {
    child.on('message', status => {
      newest[i] = status as Status
      for (const each of waiting) each.reported(i)
    })
    child.on('exit', (code, signal) => {
      if ((newest[i] as Ended | undefined)?.ended) return
      for (const each of waiting) each.fail(new Error(`process ${i} ended with ${code ?? signal}`))
    })
  })
  const statuses = () => newest.filter(status => status !== undefined)

  const until: Reporting<Status>['until'] = (wanted, what) =>
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
  try {
    await until(() => true, 'every process is ready')
  } catch (error) {
    kill()
    throw error
  }
  return {
    pids: children.map(({ pid }) => pid as number),
    statuses,
    send: message => {
      for (const child of children) child.send(message)
    },
    until,
    kill,
  }
}
