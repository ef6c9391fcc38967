import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { HearthError, type HearthErrorCode } from '../errors.ts'
import { within } from '../within.ts'

/** A server that this process cannot work without. */
export interface Need {
  /** As a person calls it: `Neo4j`. */
  name: string
  /** Rejects while it does not answer. */
  check(): Promise<unknown>
  /** Hears after each look whether it answered. */
  looked?(answers: boolean): void
}

/** Looks after what a process needs, and logs once for each change of state, however often it is met. */
export interface Needs {
  /** What is missing now, in words; asked anew. */
  problems(): Promise<string[]>
  /** Resolves when all is there, or when `signal` is aborted. Rejects for what waiting cannot mend. */
  met(signal: AbortSignal): Promise<void>
  /** Some connection had trouble: looks at once which need it was. */
  suspect(error: Error): void
  stop(): void
}

export interface NeedsOptions {
  needs: readonly Need[]
  log: Pick<Logger, 'debug' | 'info' | 'warn'>
  /** How often to look while all is well. Milliseconds, default 5,000. */
  everyMs?: number
  /** How often while something is missing. Milliseconds, default 1,000. */
  retryMs?: number
  /** How long a need may take to answer. Milliseconds, default 1,500, within which `/readyz` can tell. */
  limitMs?: number
}

const waitingHelps: readonly HearthErrorCode[] = ['WorldUnavailable', 'CacheUnavailable', 'QueueUnavailable']

export function watchNeeds({
  needs,
  log,
  everyMs = 5_000,
  retryMs = 1_000,
  limitMs = 1_500,
}: NeedsOptions): Needs {
  const late = () => new Error(`no answer within ${limitMs} ms`)
  const problemOf = new Map<Need, string | null>()
  const stopped = new AbortController()
  let asking: Promise<string[]> | undefined

  async function ask(need: Need): Promise<string | null> {
    const before = problemOf.get(need)
    const problem = await within(limitMs, need.check(), late).then(
      () => null,
      error => reasonOf(error),
    )
    problemOf.set(need, problem)
    need.looked?.(problem === null)
    if (stopped.signal.aborted) return problem
    if (problem !== null && !before) log.warn(`${need.name} does not answer; waiting for it: ${problem}`)
    if (problem === null && before) log.info(`${need.name} answers again`)
    if (problem === null && before === undefined) log.debug(`${need.name} answers`)
    return problem && `${need.name}: ${problem}`
  }

  async function askAll(): Promise<string[]> {
    const answers = await Promise.all(needs.map(ask))
    return answers.filter(problem => problem !== null)
  }

  const problems = () => {
    asking ??= askAll().finally(() => {
      asking = undefined
    })
    return asking
  }

  async function keepLooking(): Promise<void> {
    while (!stopped.signal.aborted) {
      const missing = await problems().catch(() => ['what waiting cannot mend is met() to tell'])
      await pause(missing.length > 0 ? retryMs : everyMs, undefined, { signal: stopped.signal, ref: false })
    }
  }
  keepLooking().catch(() => {}) // stopped while pausing

  return {
    problems,

    async met(signal) {
      while (!signal.aborted && (await problems()).length > 0) {
        await pause(retryMs, undefined, { signal }).catch(() => {})
      }
    },

    suspect(error) {
      if (isLostConnection(error)) problems().catch(() => {})
      else log.warn({ err: error }, error.message)
    },

    stop: () => stopped.abort(),
  }
}

/** In one line. Throws the error where waiting would not mend it. */
function reasonOf(error: unknown): string {
  if (error instanceof HearthError && !waitingHelps.includes(error.code)) throw error
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return error.message || code || error.name // an AggregateError of several addresses has no message
}

function isLostConnection(error: Error): boolean {
  return (
    'syscall' in error || error instanceof AggregateError || /connection|ECONN|writeable/i.test(error.message)
  )
}
