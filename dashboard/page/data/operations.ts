import { signal } from '@preact/signals'
import type { JobRef } from '../../../queues/producer.ts'
import { confirmed } from '../parts/confirm.tsx'
import { askAgain } from './poll.ts'
import { count } from './words.ts'

/** What an operator has begun on this page. */
export interface Operation {
  key: string
  what: string
  state: string
  job?: JobRef
  progress?: { done: number; total: number } | null
  hasFailed?: boolean
}

/** The last operations, the newest first. */
export const operations = signal<readonly Operation[]>([])

const maxShown = 5
const lookEveryMs = 500
/** A server that takes longer is not waited for. Milliseconds. */
const patienceMs = 10_000

export interface Operating extends Sent {
  /** What the button that does it says. */
  doIt: string
  /** What it is done to, in words. */
  subject: string
  /** What will happen, in a sentence. */
  text: string
}

/** A request that does something. */
export interface Sent {
  url: string
  /** Default `POST`. */
  method?: 'POST' | 'DELETE'
  body?: object
}

/** Asks whether it is meant, does it, and shows what comes of it until it has ended. */
export async function operate({ doIt, subject, text, ...sent }: Operating): Promise<void> {
  if (!(await confirmed({ title: `${doIt} ${subject}?`, text, doIt }))) return
  const change = track(`${doIt.toLowerCase()} ${subject}`)
  try {
    await settle(await send(sent), change)
  } catch (error) {
    change({ hasFailed: true, state: error instanceof Error ? error.message : String(error) })
  }
  askAgain()
}

export type Change = (changes: Partial<Operation>) => void

/** Shows an operation that begins. What it answers changes what is shown of it. */
export function track(what: string): Change {
  const operation = { key: crypto.randomUUID(), what, state: 'asking …' }
  operations.value = [operation, ...operations.value].slice(0, maxShown)
  return changes => {
    operations.value = operations.value.map(each =>
      each.key === operation.key ? { ...each, ...changes } : each,
    )
  }
}

interface Answer {
  jobs: readonly JobRef[]
  outcome?: string
  existed?: number
  /** Of jobs or events that run again, and of jobs that are failed still. */
  retried?: number
  remaining?: number
}

/** The jobs that it began, or what came of it at once. */
export async function send({ url, method = 'POST', body }: Sent): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      'idempotency-key': crypto.randomUUID(),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(patienceMs),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.detail ?? response.statusText)
  const isJob = answer.id !== undefined && answer.queue !== undefined
  return { jobs: isJob ? [answer] : [], ...answer }
}

async function settle(answer: Answer, change: Change): Promise<void> {
  const { jobs } = answer
  const [job, ...others] = jobs
  if (job && others.length > 0) return followAll(jobs, change)
  if (job) {
    change({ job })
    return follow(job, change)
  }
  change({ state: outcomeOf(answer) })
}

function outcomeOf({ outcome, existed, retried, remaining }: Answer): string {
  const done = outcome === 'deferred' ? 'deferred: the cache is away' : 'done'
  if (existed !== undefined) return `${done}, ${count(existed)} entries were there`
  if (retried === undefined) return done
  const left = remaining === undefined ? '' : `, ${count(remaining)} failed jobs remain`
  return `${count(retried)} run again${left}`
}

async function followAll(jobs: readonly JobRef[], change: Change): Promise<void> {
  const total = jobs.length
  for (const [done, job] of jobs.entries()) {
    change({ state: `${count(done)} of ${count(total)} jobs`, progress: { done, total } })
    await follow(job, () => {})
  }
  change({ state: `done: ${count(total)} jobs`, progress: { done: total, total } })
}

/** Until it has ended. It goes on without us, so a look that fails is no failure of the job. */
export async function follow({ queue, id }: JobRef, change: Change): Promise<void> {
  const url = `/api/v1/jobs/${queue}/${encodeURIComponent(id)}`
  for (;;) {
    const job = await fetch(url, { signal: AbortSignal.timeout(patienceMs) }).then(
      answer => (answer.ok ? answer.json() : null),
      () => null,
    )
    if (job?.state === 'completed') {
      const isMissing = job.result?.outcome === 'not-found'
      return change({
        progress: job.progress,
        state: isMissing ? 'there is no such world' : doneWith(job.result),
      })
    }
    if (job?.state === 'failed') throw new Error(`failed: ${job.failedReason}`)
    if (job) {
      change({
        progress: job.progress,
        state: job.state === 'waiting' ? 'waiting for a worker' : job.state,
      })
    }
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}

interface JobResult {
  filled?: number
  renewed?: number
  checked?: number
  outcome?: string
}

/** Warming and refreshing count the entries that they loaded, each in its own word; an audit, what it compared. */
function doneWith(result: JobResult | null): string {
  const { checked, outcome } = result ?? {}
  if (checked !== undefined) return `${outcome}, ${count(checked)} entries compared`
  const loaded = result?.filled ?? result?.renewed
  return loaded === undefined ? 'done' : `done, ${count(loaded)} entries loaded`
}

export const boardLink = ({ queue, id }: JobRef): string =>
  `/queues/queue/${encodeURIComponent(queue)}/${encodeURIComponent(id)}`
