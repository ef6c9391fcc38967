import { given } from '../data/given.ts'

interface SelectBoxProps {
  /** What is selected by it: the id of its row. */
  id: string
  selected: ReadonlySet<string>
  select(id: string, isSelected: boolean): void
}

/** The checkbox that selects a row for the buttons above its table. Who may only read has no buttons, and none of these. */
export function SelectBox({ id, selected, select }: SelectBoxProps) {
  if (!given.operates) return null
  return (
    <input
      type="checkbox"
      aria-label={`Select ${id}`}
      checked={selected.has(id)}
      onChange={({ currentTarget }) => select(id, currentTarget.checked)}
    />
  )
}
