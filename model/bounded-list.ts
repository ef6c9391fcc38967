import { z } from 'zod'

/**
 * A list of at most `most` items. zod looks at the length before the items (a test sees to it that it goes on doing so):
 * a body of 4 MB holds a million of them, and as many complaints.
 */
export function boundedList<T extends z.ZodType>(
  item: T,
  { least = 0, most }: { least?: number; most: number },
) {
  const list = z.array(item).max(most, `must be at most ${most}`)
  return least > 0 ? list.min(least, 'must not be empty') : list
}
