import { setQuery } from '../../router.ts'
import { asked } from './asked.ts'

/** Which worlds the table has; what is chosen stands in the address. */
export function Filters() {
  const { q, cold, pending } = asked.value
  const change = (changes: Record<string, string | null>) => setQuery({ ...changes, offset: null })
  return (
    <form class="filters" aria-label="Which worlds" onSubmit={event => event.preventDefault()}>
      <label>
        Name has{' '}
        <input
          type="search"
          value={q}
          maxLength={256}
          onInput={({ currentTarget }) => change({ q: currentTarget.value })}
        />
      </label>
      <label>
        Warmth{' '}
        <select value={cold} onChange={({ currentTarget }) => change({ cold: currentTarget.value })}>
          <option value="">any</option>
          <option value="95">below 95 %, or never warmed</option>
          <option value="50">below 50 %, or never warmed</option>
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={pending}
          onChange={({ currentTarget }) => change({ pending: currentTarget.checked ? 'true' : null })}
        />{' '}
        with pending events
      </label>
    </form>
  )
}
