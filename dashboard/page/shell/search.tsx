import { signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Found as Results } from '../../console/overview.ts'
import { getJson } from '../data/get-json.ts'
import { given } from '../data/given.ts'
import { boardLink } from '../data/operations.ts'
import { invalidate, invalidateAll, warm } from '../data/world-operations.ts'
import { Empty } from '../parts/empty.tsx'

/** What was looked for last, and what came of it. */
const looked = signal<{ text: string; results: Results | null; error: string | null } | null>(null)

async function look(text: string): Promise<void> {
  looked.value = { text, results: null, error: null }
  const answer = await getJson<Results>(`/api/v1/search?q=${encodeURIComponent(text)}`).then(
    results => ({ text, results, error: null }),
    (error: Error) => ({ text, results: null, error: error.message }),
  )
  if (looked.value?.text === text) looked.value = answer
}

/** Finds a world, an entity or a job by its id. */
export function SearchForm() {
  const input = useRef<HTMLInputElement>(null)
  return (
    // biome-ignore lint/a11y/useSemanticElements: not every screen reader knows <search>
    <form
      id="search"
      role="search"
      onSubmit={event => {
        event.preventDefault()
        const text = input.current?.value.trim() ?? ''
        if (text === '') looked.value = null
        else void look(text)
      }}
    >
      <label for="q" class="unseen">
        Find a world, an entity or a job by its id
      </label>
      <input
        ref={input}
        id="q"
        type="search"
        placeholder="World, entity or job id"
        maxLength={256}
        autoComplete="off"
      />
      <button type="submit">Find</button>
    </form>
  )
}

export function Found() {
  if (!looked.value) return null
  const { text, results, error } = looked.value
  const close = () => {
    looked.value = null
    document.getElementById('q')?.focus()
  }
  return (
    <section class="panel" aria-label="Found">
      <h2>Found for {text}</h2>
      {error !== null && <p class="problem">The search failed: {error}</p>}
      {error === null && !results && <Empty>Looking …</Empty>}
      {results && <List text={text} results={results} />}
      <button type="button" onClick={close}>
        Close
      </button>
    </section>
  )
}

function List({ text, results }: { text: string; results: Results }) {
  const { worlds, entities, jobs, notLooked } = results
  const nothing = worlds.length + entities.length + jobs.length === 0
  return (
    <>
      {notLooked.map(reason => (
        <p key={reason} class="problem">
          Not looked everywhere: {reason}
        </p>
      ))}
      {nothing && (
        <Empty>
          Nothing in the cache or the queues is called {text}. What is not warm is not known here.
        </Empty>
      )}
      <ul class="operations">
        {worlds.map(({ id }) => (
          <li key={`world ${id}`}>
            world <a href={`/worlds/${encodeURIComponent(id)}`}>{id}</a>
            {given.operates && (
              <span class="buttons">
                <button type="button" onClick={() => warm(id)} aria-label={`Warm ${id}`}>
                  Warm
                </button>
                <button
                  type="button"
                  onClick={() => invalidateAll(id)}
                  aria-label={`Invalidate all of ${id}`}
                >
                  Invalidate
                </button>
              </span>
            )}
          </li>
        ))}
        {entities.map(({ worldId, ...entity }) => (
          <li key={`entity ${worldId} ${entity.id} ${entity.what}`}>
            <span>
              entity <strong>{entity.id}</strong> of{' '}
              <a href={`/worlds/${encodeURIComponent(worldId)}`}>{worldId}</a> ({entity.what})
            </span>
            {given.operates && (
              <span class="buttons">
                <button
                  type="button"
                  onClick={() => invalidate(worldId, entity)}
                  aria-label={`Invalidate ${entity.id} of ${worldId}`}
                >
                  Invalidate
                </button>
              </span>
            )}
          </li>
        ))}
        {jobs.map(({ queue, id, name, state }) => (
          <li key={`job ${queue} ${id}`}>
            <span>
              job{' '}
              {given.operates ? (
                <a href={boardLink({ queue, id })}>{`${queue} ${id}`}</a>
              ) : (
                <strong>{`${queue} ${id}`}</strong>
              )}{' '}
              ({name}, {state})
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
