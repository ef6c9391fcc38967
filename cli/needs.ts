import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { HearthError, type HearthErrorCode } from '../model/errors.ts'
import { isDefinite, isRefusal, withHelp, wordsOf } from '../resilience/server-words.ts'
import { within } from '../resilience/within.ts'

/** A server that this process cannot work without. */
export interface Need {
  /** As a person calls it: `Neo4j`. */
  name: string
  /** Rejects while it does not answer. */
  check(): Promise<unknown>
  /** Hears after each look whether it answered. */
  looked?(answers: boolean): void
}

/**
 * Looks after what a process needs, and logs once for each change of state and for each reason, however often it is met.
 * That an answer took too long is logged when it happens twice: once may be a hiccup of this machine.
 */
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

/** Of one outage. */
const mostReasons = 5
const waitingHelps: readonly HearthErrorCode[] = ['WorldUnavailable', 'CacheUnavailable', 'QueueUnavailable']

export function watchNeeds({
  needs,
  log,
  everyMs = 5_000,
  retryMs = 1_000,
  limitMs = 1_500,
}: NeedsOptions): Needs {
  const outages = new Map<Need, { looks: number; logged: Set<string> }>()
  const answered = new Set<Need>()
  const stopped = new AbortController()
  let asking: Promise<string[]> | undefined

  async function ask(need: Need): Promise<string | null> {
    const problem = await within(limitMs, need.check()).then(
      () => null,
      error => reasonOf(error),
    )
    need.looked?.(problem === null)
    if (!stopped.signal.aborted) logChange(need, problem)
    return problem && `${need.name}: ${problem}`
  }

  function logChange(need: Need, problem: string | null): void {
    if (problem === null) {
      if (outages.get(need)?.logged.size) log.info(`${need.name} answers again`)
      else if (!answered.has(need)) log.debug(`${need.name} answers`)
      answered.add(need)
      outages.delete(need)
      return
    }
    const outage = outages.get(need) ?? { looks: 0, logged: new Set() }
    outages.set(need, outage)
    outage.looks++
    const isNews = isDefinite(problem)
      ? !outage.logged.has(problem)
      : outage.looks > 1 && outage.logged.size === 0
    if (!isNews || outage.logged.size >= mostReasons) return
    outage.logged.add(problem)
    const what = isRefusal(problem)
      ? 'refuses this process; waiting until it does not'
      : 'does not answer; waiting for it'
    log.warn(`${need.name} ${what}: ${problem}`)
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
      if (isLostConnection(error) || isRefusal(error.message)) problems().catch(() => {})
      else log.warn({ err: error }, error.message)
    },

    stop: () => stopped.abort(),
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
