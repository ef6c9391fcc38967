import { z } from 'zod'

/**
 * A list of at most `most` items. Its length is looked at before its items: a body of 4 MB holds a million of them, and
 * as many complaints.
 */
export function boundedList<T extends z.ZodType>(
  item: T,
  { least = 0, most }: { least?: number; most: number },
) {
  const tooMany = `must be at most ${most}`
  const list = least > 0 ? z.array(item).min(least, 'must not be empty') : z.array(item)
  return z.preprocess(
    (value, context) => {
      if (!Array.isArray(value) || value.length <= most) return value
      context.addIssue({ code: 'custom', message: tooMany })
      return z.NEVER
    },
    list.max(most, tooMany),
  )
}
