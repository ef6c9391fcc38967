import { useId } from 'preact/hooks'
import type { ActionsPage } from '../../../../queues/actions.ts'
import { query, setQuery } from '../../router.ts'

/** By whom, what, and in which world. Another filter begins on its first page. */
export function Filters({ page: { who, what } }: { page: ActionsPage }) {
  const id = useId()
  return (
    <form class="filters" aria-label="Filter" onSubmit={event => event.preventDefault()}>
      <Choice name="who" label="Who" options={who} />
      <Choice name="what" label="Action" options={what} />
      <div>
        <label for={id}>World</label>{' '}
        <input
          id={id}
          type="search"
          value={query.value.get('world') ?? ''}
          placeholder="a part of its id"
          maxLength={256}
          onInput={({ currentTarget }) => setQuery({ world: currentTarget.value, from: null })}
        />
      </div>
    </form>
  )
}

interface ChoiceProps {
  name: 'who' | 'what'
  label: string
  options: readonly string[]
}

function Choice({ name, label, options }: ChoiceProps) {
  const id = useId()
  const chosen = query.value.get(name) ?? ''
  const all = chosen === '' || options.includes(chosen) ? options : [chosen, ...options]
  return (
    <div>
      <label for={id}>{label}</label>{' '}
      <select
        id={id}
        value={chosen}
        onChange={({ currentTarget }) => setQuery({ [name]: currentTarget.value, from: null })}
      >
        <option value="">any</option>
        {all.map(option => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </div>
  )
}
