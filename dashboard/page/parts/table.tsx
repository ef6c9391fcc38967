import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  head: string
  cell(row: Row): ComponentChildren
  /** Numbers stand at the right, so that their digits are below each other. */
  isNumber?: boolean
  /** Long text: it is broken into lines. */
  isText?: boolean
  /** Left out where the screen is narrow. */
  isExtra?: boolean
  /** What the rows can be sorted by, as `Sorting` calls it. */
  sortsBy?: string
}

/** In which order the rows are, and what is called when another is wanted. */
export interface Sorting {
  by: string
  isDescending: boolean
  sort(by: string, isDescending: boolean): void
}

interface TableProps<Row> {
  /** For those who cannot see what stands above it. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf(row: Row): string
  sorting?: Sorting
}

/** A dense table, which scrolls within itself where it is wider than its place. The first column names the row. */
export function Table<Row>({ caption, columns, rows, keyOf, sorting }: TableProps<Row>) {
  const [first, ...others] = columns
  if (!first) return null
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="scroll" tabIndex={0} aria-label={`${caption}, table`}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(column => (
              <Head key={column.head} column={column} sorting={sorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={keyOf(row)}>
              <th scope="row" class={classOf(first)}>
                {first.cell(row)}
              </th>
              {others.map(column => (
                <td key={column.head} class={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Head<Row>({ column, sorting }: { column: Column<Row>; sorting: Sorting | undefined }) {
  const { head, sortsBy } = column
  if (!sorting || sortsBy === undefined) {
    return (
      <th scope="col" class={classOf(column)}>
        {head}
      </th>
    )
  }
  const isSorted = sorting.by === sortsBy
  const order = sorting.isDescending ? 'descending' : 'ascending'
  return (
    <th scope="col" class={classOf(column)} aria-sort={isSorted ? order : 'none'}>
      <button
        type="button"
        class="sort"
        onClick={() => sorting.sort(sortsBy, isSorted ? !sorting.isDescending : true)}
      >
        {head}
        <span aria-hidden="true">{isSorted ? (sorting.isDescending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
}

const classOf = <Row,>({ isNumber, isText, isExtra }: Column<Row>): string =>
  [isNumber && 'number', isText && 'text', isExtra && 'extra'].filter(Boolean).join(' ')
