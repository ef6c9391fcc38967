import type { JobRef } from '../../queues/producer.ts'
import type { Found } from '../overview/overview.ts'
import { byId, h, show } from './dom.ts'
import { count } from './words.ts'

/** What was cached of an entity when the page heard of it; `what` are its entries in words. */
export type CachedEntity = Omit<Found['entities'][number], 'worldId'>

/** What an operator has begun here. */
interface Operation {
  key: string
  what: string
  state: string
  job?: JobRef
  progress?: { done: number; total: number } | null
  failed?: boolean
}

const operations: Operation[] = []
const maxShown = 5
const lookEveryMs = 500
/** A server that takes longer is not waited for. Milliseconds. */
const patienceMs = 10_000

export const warm = (worldId: string) =>
  operate({
    doIt: 'Warm',
    worldId,
    body: {},
    text: 'A job loads all of the world that is not warm. Readers are not held up.',
  })

export const refresh = (worldId: string, { id, what }: CachedEntity) =>
  operate({
    doIt: 'Refresh',
    worldId,
    id,
    body: { entities: [id] },
    text: `What is read most of it in ${worldId} (${what}) is loaded anew. Readers have the present values until then.`,
  })

export const invalidate = (worldId: string, { id, what, targets }: CachedEntity) =>
  operate({
    doIt: 'Invalidate',
    worldId,
    id,
    body: { targets },
    text: `What is cached of it in ${worldId} (${what}) is thrown away; the next read loads it from the source.`,
  })

export const invalidateAll = (worldId: string) =>
  operate({
    doIt: 'Invalidate',
    worldId,
    subject: `all of ${worldId}`,
    body: { all: true },
    text: 'All that is cached of the world is thrown away; its next reads load from the source, which has to bear that.',
  })

interface Operating {
  /** What the button that does it says. */
  doIt: string
  /** What will happen, in a sentence. */
  text: string
  worldId: string
  /** The entity that it is done to; without one, the world. */
  id?: string
  /** What is asked about, if it is neither. */
  subject?: string
  body: object
}

/** Does it once it was confirmed, by the route of its name, and shows what comes of it. */
async function operate({ doIt, worldId, id, subject, body, text }: Operating): Promise<void> {
  if (!(await confirmed(`${doIt} ${subject ?? id ?? worldId}?`, text, doIt))) return
  const action = doIt.toLowerCase()
  const what = id === undefined ? `${action} ${worldId}` : `${action} ${id} of ${worldId}`
  const operation: Operation = { key: `${Date.now()}`, what, state: 'asking …' }
  operations.unshift(operation)
  operations.splice(maxShown)
  draw()
  try {
    await settle(operation, await post(`/api/v1/worlds/${encodeURIComponent(worldId)}/${action}`, body))
  } catch (error) {
    operation.failed = true
    operation.state = error instanceof Error ? error.message : String(error)
  }
  draw()
}

/** Asks before something is done by hand. True where it was confirmed; Escape and Cancel are no. */
function confirmed(title: string, text: string, doIt: string): Promise<boolean> {
  const dialog = byId('ask') as HTMLDialogElement
  show(
    dialog,
    h(
      'form',
      { method: 'dialog' },
      h('h2', { id: 'ask-title' }, title),
      h('p', text),
      h(
        'div.buttons',
        h('button', { value: 'no' }, 'Cancel'),
        h('button', { value: 'yes', class: 'primary' }, doIt),
      ),
    ),
  )
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise(resolve => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}

interface Answer {
  id?: string
  queue?: string
  outcome?: string
  existed?: number
}

/** A job, the first of several, or what came of it at once. */
async function post(url: string, body: object): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(patienceMs),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.detail ?? response.statusText)
  return answer.jobs?.[0] ?? answer
}

async function settle(operation: Operation, { id, queue, outcome, existed }: Answer): Promise<void> {
  if (id !== undefined && queue !== undefined) {
    operation.job = { queue, id }
    await follow(operation, operation.job)
    return
  }
  operation.state = outcome === 'deferred' ? 'deferred: the cache is away' : 'done'
  if (existed !== undefined) operation.state += `, ${count(existed)} entries were there`
}

/** Until it has ended. It goes on without us, so a look that fails is no failure of the job. */
async function follow(operation: Operation, { queue, id }: JobRef): Promise<void> {
  for (;;) {
    const job = await fetch(`/api/v1/jobs/${queue}/${encodeURIComponent(id)}`, {
      signal: AbortSignal.timeout(patienceMs),
    }).then(
      answer => (answer.ok ? answer.json() : null),
      () => null,
    )
    if (job) {
      operation.state = job.state === 'waiting' ? 'waiting for a worker' : job.state
      operation.progress = job.progress
      if (job.state === 'completed') {
        operation.state =
          job.result?.outcome === 'not-found' ? 'there is no such world' : doneWith(job.result)
        return
      }
      if (job.state === 'failed') throw new Error(`failed: ${job.failedReason}`)
    }
    draw()
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}

/** Warming and refreshing count the entries that they loaded, each in its own word. */
function doneWith(result: { filled?: number; renewed?: number } | null): string {
  const loaded = result?.filled ?? result?.renewed
  return loaded === undefined ? 'done' : `done, ${count(loaded)} entries loaded`
}

function draw(): void {
  const place = byId('jobs')
  place.hidden = operations.length === 0
  show(place, h('h2', 'Done here'), h('ul.operations', { 'aria-live': 'polite' }, ...operations.map(row)))
}

const row = ({ key, what, state, job, progress, failed }: Operation) =>
  h(
    'li',
    { 'data-key': key, class: failed ? 'failed' : '' },
    h('strong', what),
    ' ',
    h('span', state),
    progress &&
      h('progress', { max: progress.total, value: progress.done, 'aria-label': `${what}: progress` }),
    job && h('a', { href: boardLink(job) }, 'in Bull Board'),
  )

export const boardLink = ({ queue, id }: JobRef): string =>
  `/queues/queue/${encodeURIComponent(queue)}/${encodeURIComponent(id)}`
