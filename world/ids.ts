/** The same bound as the cache's keys have. */
const longestId = 256

export const idRule = `must be non-empty text of at most ${longestId} bytes`

/** Half of a surrogate pair has no bytes of its own, so two ids with one would become the same: it is no id. */
export function isId(text: string): boolean {
  return text !== '' && Buffer.byteLength(text) <= longestId && Buffer.from(text).toString() === text
}
