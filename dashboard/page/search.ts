import type { Found } from '../overview/overview.ts'
import { button, byId, h } from './dom.ts'
import { boardLink, invalidate, invalidateAll, warm } from './operations.ts'
import { empty } from './tables.ts'

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
    place.replaceChildren(empty('Looking …'))
    try {
      const answer = await fetch(`/api/v1/search?q=${encodeURIComponent(text)}`, {
        signal: AbortSignal.timeout(10_000),
      })
      const found = await answer.json()
      if (!answer.ok) throw new Error(found.detail)
      place.replaceChildren(...results(text, found, operates), h('button', { onclick: close }, 'Close'))
    } catch (error) {
      place.replaceChildren(
        h('p.problem', `The search failed: ${error instanceof Error ? error.message : error}`),
      )
    }
  })
}

function results(
  text: string,
  { worlds, entities, jobs, notLooked }: Found,
  operates: boolean,
): HTMLElement[] {
  const missing = notLooked.map(reason => h('p.problem', `Not looked everywhere: ${reason}`))
  if (worlds.length + entities.length + jobs.length === 0) {
    const nothing = `Nothing in the cache or the queues is called ${text}. What is not warm is not known here.`
    return [...missing, empty(nothing)]
  }
  const buttons = (...all: HTMLElement[]) => operates && h('span.buttons', ...all)
  const rows = [
    ...worlds.map(({ id }) => [
      'world ',
      h('strong', id),
      buttons(
        button('Warm', () => warm(id)),
        button('Invalidate', () => invalidateAll(id)),
      ),
    ]),
    ...entities.map(({ worldId, ...entity }) => [
      'entity ',
      h('strong', entity.id),
      ` of ${worldId} (${entity.what})`,
      buttons(button('Invalidate', () => invalidate(worldId, entity))),
    ]),
    ...jobs.map(job => {
      const name = `${job.queue} ${job.id}`
      const link = operates ? h('a', { href: boardLink(job) }, name) : h('strong', name)
      return ['job ', link, ` (${job.name}, ${job.state})`]
    }),
  ]
  return [h('h2', `Found for ${text}`), ...missing, h('ul.operations', ...rows.map(row => h('li', ...row)))]
}
