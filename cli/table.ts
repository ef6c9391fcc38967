import Table from 'cli-table3'

/** A table for a terminal, without colours, so that it reads the same in a log. Columns from `rightFrom` on are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], rightFrom = 1): string {
  const shown = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column >= rightFrom ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) shown.push([...row])
  return shown.toString()
}
