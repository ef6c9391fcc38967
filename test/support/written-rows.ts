import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { markdownTable } from '../register/near-table.ts'

export interface WrittenRows {
  /** In docs. */
  page: string
  /** The script that writes them, as the page has it: `<!-- written by npm run test:servers -->`. */
  script: string
  head: readonly string[]
  rows: readonly (readonly string[])[]
  /** Columns that say what a row is of. A row of the page stays as it is unless there is a new one of the same. */
  of: readonly number[]
  /** Default: sorted by their text. */
  order?(a: readonly string[], b: readonly string[]): number
}

const end = '<!-- until here -->'

/** Puts rows into the table that a script writes in a page. */
export async function writeRows({ page, script, head, rows, of, order }: WrittenRows): Promise<void> {
  const begin = `<!-- written by npm run ${script} -->`
  const file = fileURLToPath(new URL(`../../docs/${page}`, import.meta.url))
  const text = await readFile(file, 'utf8')
  const [before = '', written = '', after] = text.split(new RegExp(`${begin}|${end}`))
  if (after === undefined) throw new Error(`${page} lacks the lines ${begin} and ${end}`)
  const name = (row: readonly string[]) => of.map(column => row[column]).join('|')
  const now = new Set(rows.map(name))
  const kept = written
    .split('\n')
    .filter(line => line.startsWith('|'))
    .slice(2)
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
    .filter(row => row.length === head.length && !now.has(name(row)))
  const table = markdownTable(head, [...kept, ...rows].sort(order))
  await writeFile(file, `${before}${begin}\n\n${table}\n\n${end}${after}`)
}
