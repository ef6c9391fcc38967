/**
 * Items by key, in the order of their first: Node's `Map.groupBy`, which Node 20 lacks. es-toolkit's makes an object, in
 * which a world called `__proto__` would be lost.
 */
export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
