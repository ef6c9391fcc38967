import type { Found } from '../overview/overview.ts'
import { boardLink, invalidate, warm } from './deeds.ts'
import { byId, h } from './dom.ts'

/** Finds a world, an entity or a job by its id. */
export function listenForSearch(operates: boolean): void {
  const form = byId('search') as HTMLFormElement
  const input = byId('q') as HTMLInputElement
  const place = byId('found')
  const close = () => {
    place.hidden = true
    input.focus()
  }
  form.addEventListener('submit', async event => {
    event.preventDefault()
    const text = input.value.trim()
    if (text === '') return close()
    place.hidden = false
    place.replaceChildren(h('p', { class: 'empty' }, 'Looking …'))
    try {
      const answer = await fetch(`/api/v1/search?q=${encodeURIComponent(text)}`, {
        signal: AbortSignal.timeout(10_000),
      })
      const found = await answer.json()
      if (!answer.ok) throw new Error(found.detail)
      place.replaceChildren(...results(text, found, operates), h('button', { onclick: close }, 'Close'))
    } catch (error) {
      place.replaceChildren(
        h('p', { class: 'problem' }, `The search failed: ${error instanceof Error ? error.message : error}`),
      )
    }
  })
}

function results(
  text: string,
  { worlds, entities, jobs, notLooked }: Found,
  operates: boolean,
): HTMLElement[] {
  const missing = notLooked.map(reason => h('p', { class: 'problem' }, `Not looked everywhere: ${reason}`))
  if (worlds.length + entities.length + jobs.length === 0) {
    return [
      ...missing,
      h(
        'p',
        { class: 'empty' },
        `Nothing in the cache or the queues is called ${text}. What is not warm is not known here.`,
      ),
    ]
  }
  const buttons = (...all: HTMLElement[]) => (operates ? h('span', { class: 'buttons' }, ...all) : null)
  return [
    h('h2', {}, `Found for ${text}`),
    ...missing,
    h(
      'ul',
      { class: 'deeds' },
      ...worlds.map(({ id }) =>
        h(
          'li',
          {},
          'world ',
          h('strong', {}, id),
          buttons(
            h('button', { onclick: () => warm(id) }, 'Warm'),
            h('button', { onclick: () => invalidate(id) }, 'Invalidate'),
          ),
        ),
      ),
      ...entities.map(({ worldId, id, what }) =>
        h(
          'li',
          {},
          'entity ',
          h('strong', {}, id),
          ` of ${worldId} (${what})`,
          buttons(
            h(
              'button',
              { onclick: () => invalidate(worldId, { kind: 'timeline', id }) },
              'Invalidate its timeline',
            ),
          ),
        ),
      ),
      ...jobs.map(job =>
        h(
          'li',
          {},
          'job ',
          operates
            ? h('a', { href: boardLink(job) }, `${job.queue} ${job.id}`)
            : h('strong', {}, `${job.queue} ${job.id}`),
          ` (${job.name}, ${job.state})`,
        ),
      ),
    ),
  ]
}
