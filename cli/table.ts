import Table from 'cli-table3'
import { shown } from './terminal.ts'

/** What stands in one place of a table: text in one line, or several lines. */
export type Cell = string | readonly string[]

/** A table for a terminal, without colours, so that it reads the same in a log. Columns from `rightFrom` on are numbers. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], rightFrom = 1): string {
  const made = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column >= rightFrom ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) made.push(row.map(textOf))
  return made.toString()
}

const textOf = (cell: Cell): string => (typeof cell === 'string' ? shown(cell) : cell.map(shown).join('\n'))
