import type { ActionsPage } from '../../../../queues/actions.ts'
import { query, setQuery } from '../../router.ts'

/** By whom, what, and in which world. Another filter begins on its first page. */
export function Filters({ page: { who, what } }: { page: ActionsPage }) {
  return (
    <form class="filters" aria-label="Filter" onSubmit={event => event.preventDefault()}>
      <Choice name="who" label="By" options={who} />
      <Choice name="what" label="Action" options={what} />
      <label>
        World{' '}
        <input
          type="search"
          value={query.value.get('world') ?? ''}
          placeholder="a part of its id"
          maxLength={256}
          onInput={({ currentTarget }) => setQuery({ world: currentTarget.value, from: null })}
        />
      </label>
    </form>
  )
}

interface ChoiceProps {
  name: 'who' | 'what'
  label: string
  options: readonly string[]
}

function Choice({ name, label, options }: ChoiceProps) {
  const chosen = query.value.get(name) ?? ''
  const all = chosen === '' || options.includes(chosen) ? options : [chosen, ...options]
  return (
    <label>
      {label}{' '}
      <select
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
    </label>
  )
}
