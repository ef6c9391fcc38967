import { confirmed, type Question } from './ask.ts'
import { byId, h, show } from './dom.ts'
import { count } from './words.ts'

/** A value of a world, as the API names it. */
export type Target = { kind: 'timeline'; id: string }

interface Deed {
  key: string
  what: string
  state: string
  job?: { queue: string; id: string }
  progress?: { done: number; total: number } | null
  failed?: boolean
}

const deeds: Deed[] = []
const shownDeeds = 5
const lookEveryMs = 500
/** A server that takes longer is not waited for. Milliseconds. */
const patienceMs = 10_000

const path = (worldId: string, what: string) => `/api/v1/worlds/${encodeURIComponent(worldId)}/${what}`

export const warm = (worldId: string) =>
  act(
    `warm ${worldId}`,
    path(worldId, 'warm'),
    {},
    {
      title: `Warm ${worldId}?`,
      text: 'A job loads all of the world that is not warm. Readers are not held up.',
      doIt: 'Warm',
    },
  )

export const refresh = (worldId: string, target: Target) =>
  act(
    `refresh ${target.id} of ${worldId}`,
    path(worldId, 'refresh'),
    { entities: [target.id] },
    {
      title: `Refresh ${target.id}?`,
      text: `Its timeline in ${worldId} is loaded anew. Readers have the present one until then.`,
      doIt: 'Refresh',
    },
  )

export const invalidate = (worldId: string, target?: Target) =>
  act(
    `invalidate ${target ? `${target.id} of ` : ''}${worldId}`,
    path(worldId, 'invalidate'),
    target ? { targets: [target] } : { all: true },
    {
      title: `Invalidate ${target?.id ?? `all of ${worldId}`}?`,
      text: target
        ? `Its timeline in ${worldId} is thrown away; the next read loads it from the source.`
        : 'All that is cached of the world is thrown away; its next reads load from the source, which has to bear that.',
      doIt: 'Invalidate',
    },
  )

async function act(what: string, url: string, body: object, question: Question): Promise<void> {
  if (!(await confirmed(question))) return
  const deed: Deed = { key: `${Date.now()}`, what, state: 'asking …' }
  deeds.unshift(deed)
  deeds.splice(shownDeeds)
  draw()
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patienceMs),
    })
    const answered = await answer.json()
    const result = Array.isArray(answered.jobs) ? (answered.jobs[0] ?? answered) : answered
    if (!answer.ok) throw new Error(result.detail ?? answer.statusText)
    if (typeof result.id === 'string' && typeof result.queue === 'string') {
      deed.job = { queue: result.queue, id: result.id }
      await follow(deed, deed.job)
    } else {
      deed.state = result.outcome === 'deferred' ? 'deferred: the cache is away' : 'done'
      if (typeof result.existed === 'number') deed.state += `, ${count(result.existed)} entries were there`
    }
  } catch (error) {
    deed.failed = true
    deed.state = error instanceof Error ? error.message : String(error)
  }
  draw()
}

/** Until it has ended. It goes on without us, so a look that fails is no failure of the job. */
async function follow(deed: Deed, { queue, id }: { queue: string; id: string }): Promise<void> {
  for (;;) {
    const job = await fetch(`/api/v1/jobs/${queue}/${encodeURIComponent(id)}`, {
      signal: AbortSignal.timeout(patienceMs),
    }).then(
      answer => (answer.ok ? answer.json() : null),
      () => null,
    )
    if (job) {
      deed.state = job.state === 'waiting' ? 'waiting for a worker' : job.state
      deed.progress = job.progress
      if (job.state === 'completed') {
        deed.state = job.result?.outcome === 'not-found' ? 'there is no such world' : doneWith(job.result)
        return
      }
      if (job.state === 'failed') throw new Error(`failed: ${job.failedReason}`)
    }
    draw()
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
}

/** Warming and refreshing tell how many entries they loaded, each in its own word. */
function doneWith(result: { filled?: number; renewed?: number } | null): string {
  const loaded = result?.filled ?? result?.renewed
  return loaded === undefined ? 'done' : `done, ${count(loaded)} entries loaded`
}

function draw(): void {
  const place = byId('jobs')
  place.hidden = deeds.length === 0
  show(
    place,
    h('h2', {}, 'Done here'),
    h(
      'ul',
      { class: 'deeds', 'aria-live': 'polite' },
      ...deeds.map(({ key, what, state, job, progress, failed }) =>
        h(
          'li',
          { 'data-key': key, class: failed ? 'failed' : '' },
          h('strong', {}, what),
          ' ',
          h('span', {}, state),
          progress
            ? h('progress', { max: progress.total, value: progress.done, 'aria-label': `${what}: progress` })
            : null,
          job ? h('a', { href: boardLink(job) }, 'in Bull Board') : null,
        ),
      ),
    ),
  )
}

export const boardLink = ({ queue, id }: { queue: string; id: string }): string =>
  `/queues/queue/${encodeURIComponent(queue)}/${encodeURIComponent(id)}`
