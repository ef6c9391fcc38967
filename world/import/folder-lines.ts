import { createReadStream } from 'node:fs'
import { isNil, omitBy } from 'es-toolkit'
import { z } from 'zod'
import { id } from '../../model/ids.ts'
import { copyJson, isJsonObject, type Json } from '../../model/json.ts'
import { timestamp, within } from '../../model/new-events.ts'
import { namesProblem } from '../../model/own-names.ts'
import { emptyEvent, entityTypes, type NewEntity, type NewEvent } from '../../model/world-data.ts'

const text = z.string('must be text or null').nullish()
const ids = z.array(id, 'must be a list of ids').nullish()
const json = z.custom<Json>(value => value !== undefined).optional()
const jsonMap = z.custom<Record<string, Json>>(isJsonObject, 'must be a JSON object')

/** A line of `entities.ndjson`. */
export const entityLine = z
  .strictObject({ id, type: z.enum(entityTypes), name: text, props: jsonMap.optional() })
  .superRefine(({ type, props = {} }, context) => {
    const problem = namesProblem(type, props)
    if (problem !== undefined) context.addIssue(problem)
  })
  .transform(({ id, type, name, props }): NewEntity => ({ id, type, name: name ?? null, props: props ?? {} }))

/** A line of `events.ndjson`; it may hold all that an event has. */
export const eventLine = z
  .strictObject({
    event_id: id,
    type: text,
    title: text,
    description: text,
    timestamp,
    participants: ids,
    objects: ids,
    location_id: id.nullish(),
    consequences: json,
    emotional_impact: within(-1, 1),
    significance_level: within(1, 10),
    tags: z.array(z.string(), 'must be a list of texts').nullish(),
    metadata: jsonMap.nullish(),
  })
  .transform(({ type: event_type, participants, objects, ...line }): NewEvent => {
    const given = omitBy({ event_type, ...line }, isNil) as Pick<NewEvent, 'event_id' | 'timestamp'>
    return {
      ...copyJson(emptyEvent),
      ...given,
      participants: [...new Set([...(participants ?? []), ...(objects ?? [])])],
    }
  })

/** `meta.json`; its other fields are not needed. */
export const metaFile = z.looseObject({ name: z.string('must be text').nullish() }, 'must be a JSON object')

interface Line {
  /** Counted from 1, blank lines too. */
  number: number
  /** `null` where its bytes are no UTF-8. */
  text: string | null
}

const newline = 0x0a
/** It leaves a byte order mark out. */
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The lines of a text file, one after the other, blank ones left out. Only `\n` ends a line: `node:readline` would
 * also break at U+2028, which JSON text may hold as it stands.
 */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  let number = 0
  let begun: Buffer[] = []
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = textOf([...begun, chunk.subarray(start, end)])
      begun = []
      start = end + 1
      number++
      if (line !== '') yield { number, text: line }
    }
    if (start < chunk.length) begun.push(chunk.subarray(start))
  }
  const last = textOf(begun)
  if (last !== '') yield { number: number + 1, text: last }
}

/** Without the white space around it. `null` where the bytes are no UTF-8. */
export function textOf(parts: readonly Buffer[]): string | null {
  try {
    return decoder.decode(Buffer.concat(parts)).trim()
  } catch {
    return null
  }
}
