import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { HearthError, type HearthErrorCode } from '../model/errors.ts'
import { isDefinite, isRefusal, withHelp, wordsOf } from '../resilience/server-words.ts'
import { within } from '../resilience/within.ts'

/** A server that this process cannot work without. */
export interface Dependency {
  /** As a person calls it: `Neo4j`. */
  name: string
  /** Rejects while it does not answer. */
  check(): Promise<unknown>
  /** Hears after each look whether it answered. */
  looked?(answers: boolean): void
}

export type Dependencies = ReturnType<typeof watchDependencies>

interface WatchOptions {
  log: Pick<Logger, 'debug' | 'info' | 'warn'>
  /** How often to look while all is well. Milliseconds, default 5,000. */
  everyMs?: number
  /** How often while something is missing. Milliseconds, default 1,000. */
  retryMs?: number
  /** How long a dependency may take to answer. Milliseconds, default 1,500, within which `/readyz` can answer. */
  limitMs?: number
}

/** Of one outage. */
const maxReasons = 5
const waitingHelps: readonly HearthErrorCode[] = ['WorldUnavailable', 'CacheUnavailable', 'QueueUnavailable']

/**
 * Looks after what a process needs, and logs once for each change of state and for each reason, however often it is met.
 * That an answer took too long is logged when it happens twice: once may be a hiccup of this machine.
 */
export function watchDependencies({ log, everyMs = 5_000, retryMs = 1_000, limitMs = 1_500 }: WatchOptions) {
  const stopped = new AbortController()
  let looks: readonly Look[] = []
  let looking: Promise<string[]> | undefined

  const problems = () => {
    looking ??= Promise.all(looks.map(look => look()))
      .then(found => found.filter(problem => problem !== null))
      .finally(() => {
        looking = undefined
      })
    return looking
  }

  async function keepLooking(): Promise<void> {
    while (!stopped.signal.aborted) {
      const missing = await problems().catch(() => ['what waiting cannot mend: met() rejects with it'])
      await pause(missing.length > 0 ? retryMs : everyMs, undefined, { signal: stopped.signal, ref: false })
    }
  }

  return {
    /** What is missing now, in words; asked anew. */
    problems,

    /** Looks after these from now on. Call once. */
    watch(dependencies: readonly Dependency[]): void {
      looks = dependencies.map(dependency =>
        createLook(dependency, { log, limitMs, stopped: stopped.signal }),
      )
      keepLooking().catch(() => {}) // stopped while pausing
    },

    /** Resolves when all is there, or when `signal` is aborted. Rejects for what waiting cannot mend. */
    async met(signal: AbortSignal): Promise<void> {
      while (!signal.aborted && (await problems()).length > 0) {
        await pause(retryMs, undefined, { signal }).catch(() => {})
      }
    },

    /** Some connection had trouble: looks at once which dependency it was. */
    suspect(error: Error): void {
      if (isLostConnection(error) || isRefusal(error.message)) problems().catch(() => {})
      else log.warn({ err: error }, error.message)
    },

    stop: () => stopped.abort(),
  }
}

/** Asks a dependency once, and answers its problem in words; null where it has none. */
type Look = () => Promise<string | null>

function createLook(
  { name, check, looked }: Dependency,
  { log, limitMs, stopped }: { log: WatchOptions['log']; limitMs: number; stopped: AbortSignal },
): Look {
  let hasAnswered = false
  let failures = 0
  const logged = new Set<string>()

  function logAnswer(): void {
    if (logged.size > 0) log.info(`${name} answers again`)
    else if (!hasAnswered) log.debug(`${name} answers`)
    hasAnswered = true
    failures = 0
    logged.clear()
  }

  function logProblem(problem: string): void {
    failures += 1
    const isNews = isDefinite(problem) ? !logged.has(problem) : failures > 1 && logged.size === 0
    if (!isNews || logged.size >= maxReasons) return
    logged.add(problem)
    const what = isRefusal(problem)
      ? 'refuses this process; waiting until it does not'
      : 'does not answer; waiting for it'
    log.warn(`${name} ${what}: ${problem}`)
  }

  return async () => {
    const problem = await within(limitMs, check()).then(() => null, reasonOf)
    looked?.(problem === null)
    if (!stopped.aborted) {
      if (problem === null) logAnswer()
      else logProblem(problem)
    }
    return problem && `${name}: ${problem}`
  }
}

/** In one line. Throws the error where waiting would not mend it. */
function reasonOf(error: unknown): string {
  if (error instanceof HearthError && !waitingHelps.includes(error.code)) throw error
  return withHelp(wordsOf(error))
}

function isLostConnection(error: Error): boolean {
  return (
    'syscall' in error || error instanceof AggregateError || /connection|ECONN|writeable/i.test(error.message)
  )
}
