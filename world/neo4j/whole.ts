import { HearthError } from '../../model/errors.ts'
import type { Json } from '../../model/json.ts'
import { isJsonObject } from '../../model/json-text.ts'
import { readWhole } from './stored-json.ts'
import { isBlank, looksLikeJson, toAny } from './values.ts'

/** A property that a write merges into or replaces: whose it is, its name, and what Neo4j holds there. */
export interface Stored {
  /** Like `world "w1"`. */
  of: string
  property: string
  value: unknown
}

/** A JSON object. @throws HearthError `WorldRefused` where it cannot be read whole */
export function wholeMap({ of, property, value }: Stored): Record<string, Json> {
  if (value === null || value === undefined || (typeof value === 'string' && isBlank(value))) return {}
  if (typeof value !== 'string') throw notWhole(of, property, 'it is not text')
  const whole = wholeText(of, property, value)
  if (isJsonObject(whole)) return whole
  throw notWhole(of, property, `not an object at position ${value.search(/\S/)}`)
}

/** JSON text or plain text. @throws HearthError `WorldRefused` where it cannot be read whole */
export function wholeAny({ of, property, value }: Stored): Json {
  return typeof value === 'string' && looksLikeJson(value) ? wholeText(of, property, value) : toAny(value)
}

function wholeText(of: string, property: string, text: string): Json {
  const read = readWhole(text)
  if ('fault' in read) throw notWhole(of, property, read.fault)
  return read.value
}

function notWhole(of: string, property: string, fault: string): HearthError {
  return new HearthError(
    'WorldRefused',
    `${property} of ${of}: what Neo4j holds there is not JSON that can be read whole (${fault}), and a write would ` +
      'destroy it; nothing was written. It must be one JSON object, or be removed',
  )
}
