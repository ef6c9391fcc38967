import { computed } from '@preact/signals'
import { query } from '../../router.ts'

export const pageSize = 50

/** What is asked of the table, by the address of the page. */
export const asked = computed(() => {
  const given = query.value
  const number = Number(given.get('offset') ?? 0)
  return {
    q: given.get('q') ?? '',
    cold: given.get('cold') ?? '',
    pending: given.get('pending') === 'true',
    sort: given.get('sort') ?? 'perSecond',
    isDescending: given.get('order') !== 'asc',
    offset: Number.isSafeInteger(number) && number > 0 ? number : 0,
  }
})

/** The address of this page with another part of the worlds. */
export function hrefAt(offset: number): string {
  const next = new URLSearchParams(query.value)
  if (offset > 0) next.set('offset', String(offset))
  else next.delete('offset')
  const text = next.toString()
  return text === '' ? '/worlds' : `/worlds?${text}`
}

/** What the server is asked. */
export const url = computed(() => {
  const { q, cold, pending, sort, isDescending, offset } = asked.value
  const wanted = new URLSearchParams({ sort, order: isDescending ? 'desc' : 'asc', limit: String(pageSize) })
  if (q !== '') wanted.set('q', q)
  if (cold !== '') wanted.set('cold', cold)
  if (pending) wanted.set('pending', 'true')
  if (offset > 0) wanted.set('offset', String(offset))
  return `/api/v1/console/worlds?${wanted}`
})
