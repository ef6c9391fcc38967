import { readFileSync } from 'node:fs'
import { parseJsonText } from '../model/json.ts'
import { UsageError } from './failure.ts'

/** JSON that follows a command; `-` reads it from stdin. Numbers keep their digits. Throws `UsageError`. */
export function jsonArgument(name: string, given: string): unknown {
  const text = given === '-' ? readFileSync(0, 'utf8') : given
  try {
    return parseJsonText(text)
  } catch (error) {
    const from = given === '-' ? 'stdin' : `<${name}>`
    throw new UsageError(`${from} must be JSON: ${error instanceof Error ? error.message : error}`)
  }
}

/** Throws `UsageError` unless it is a JSON list. */
export function jsonList<T>(name: string, given: string): T[] {
  const value = jsonArgument(name, given)
  if (Array.isArray(value)) return value
  throw new UsageError(`<${name}> must be a JSON list`)
}
