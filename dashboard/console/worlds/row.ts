import { orderBy } from 'es-toolkit'
import { z } from 'zod'

/** A world in the table, as it goes over the wire. Null is what is not known, or does not apply. */
export interface WorldRow {
  id: string
  /** Milliseconds since 1970. */
  lastActiveAt: number | null
  /** Played: activated or read after it was last deactivated. */
  isActive: boolean
  /** Over the last five minutes. */
  perSecond: number | null
  /** 0 to 1, over the last half hour; null where nothing was read. */
  hitRate: number | null
  /** Entries that are there, and how many there are when it is wholly warm; the latter null where it was never warmed. */
  present: number | null
  expected: number | null
  /** Whether `present` was counted; otherwise it is the upper bound that the index gives. */
  isCounted: boolean
  /** 0 to 1. */
  warmShare: number | null
  hot: number | null
  pending: number | null
  warming: { id: string; state: string; done: number | null; total: number | null } | null
}

export const columns = [
  'id',
  'lastActiveAt',
  'perSecond',
  'hitRate',
  'warmShare',
  'hot',
  'pending',
  'warming',
] as const
export type Column = (typeof columns)[number]

export const worldsQuery = z.object({
  /** Part of the id. */
  q: z.string().max(256).default(''),
  sort: z.enum(columns).default('perSecond'),
  order: z.enum(['asc', 'desc']).default('desc'),
  offset: z.coerce.number().pipe(z.int().min(0).max(1_000_000)).default(0),
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).default(50),
  /** Only those that are less warm than that, in percent, or were never warmed. */
  cold: z.coerce.number().pipe(z.number().min(0).max(100)).optional(),
  /** Only those with events that wait for the source. */
  pending: z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(false),
})
export type WorldsQuery = z.output<typeof worldsQuery>

export function matches({ id, warmShare, pending }: WorldRow, query: WorldsQuery): boolean {
  if (!id.toLowerCase().includes(query.q.toLowerCase())) return false
  if (query.cold !== undefined && (warmShare ?? 0) >= query.cold / 100) return false
  return !query.pending || (pending ?? 0) > 0
}

/** What is not known comes last, in either order; equal ones by their ids. */
export const sorted = (rows: readonly WorldRow[], { sort, order }: WorldsQuery): WorldRow[] =>
  orderBy(
    rows,
    [row => figureIn(row, sort) === null, row => figureIn(row, sort) ?? 0, ({ id }) => id],
    ['asc', order, 'asc'],
  )

function figureIn(row: WorldRow, column: Column): string | number | null {
  if (column !== 'warming') return row[column]
  return row.warming ? (row.warming.done ?? 0) / (row.warming.total ?? 1) : null
}
