import { HearthError } from './errors.ts'
import type { Json } from './json.ts'
import { withoutDigits } from './json-text.ts'
import type { Item } from './kind.ts'
import type { Privacy } from './privacy.ts'
import type { OwnKind } from './source.ts'

const maxProblems = 5

/** What may be read of a value of a kind of one's own. Throws `ColumnMismatch`, naming the kind, the entry and the field. */
export function ownValue<Value>(
  { kind, privacy }: { kind: OwnKind<Value>; privacy: Pick<Privacy, 'value'> },
  item: Item,
  raw: Json,
): Value | null {
  if (raw === null) return null
  const clean = privacy.value(raw)
  const { success, error } = kind.value.safeParse(withoutDigits(clean))
  if (success) return clean as Value
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`)
  const whose =
    item === null
      ? 'its value'
      : `the value of ${typeof item === 'string' ? item : `${item.type} ${item.id}`}`
  throw new HearthError(
    'ColumnMismatch',
    `the kind ${kind.name}: ${whose} does not fit its schema: ${problems.slice(0, maxProblems).join('; ')}`,
  )
}
