import { z } from 'zod'
import { entityTypes, type NewEntity } from '../../model/entity.ts'
import type { NewEvent } from '../../model/event.ts'
import { id, isWellFormed } from '../../model/ids.ts'
import type { Json } from '../../model/json.ts'
import { ExactNumber, isJsonObject } from '../../model/json-text.ts'
import { namesProblem } from '../../model/own-names.ts'
import { parseTimestamp } from '../../model/timestamp.ts'

const text = z.string('must be text or null').nullish()
const ids = z.array(id, 'must be a list of ids').nullish()
const json = z.custom<Json>(value => value !== undefined).optional()
const jsonMap = z.custom<Record<string, Json>>(isJsonObject, 'must be a JSON object')
const within = (low: number, high: number) =>
  z
    .preprocess(
      given => (given instanceof ExactNumber ? Number(given) : given),
      z.number(`must be a number from ${low} to ${high}`).min(low).max(high).nullish(),
    )
    .optional()

/** A line of `entities.ndjson`. */
export const entityLine = z
  .strictObject({
    id,
    type: z.enum(entityTypes),
    name: text,
    props: jsonMap.optional(),
  })
  .superRefine(({ type, props = {} }, context) => {
    const problem = namesProblem(type, props)
    if (problem !== undefined) context.addIssue(problem)
  })
  .transform(({ id, type, name, props }): NewEntity => ({ id, type, name: name ?? null, props: props ?? {} }))

/** A line of `events.ndjson`; beyond the format of ../shared/data it may tell all that an event has. */
export const eventLine = z
  .strictObject({
    event_id: id,
    type: text,
    title: text,
    description: text,
    timestamp: z
      .string('must be ISO text')
      .refine(
        value => parseTimestamp(value) !== null,
        'must be ISO text, like 0001-01-31T12:00:00, with or without an offset',
      ),
    participants: ids,
    objects: ids,
    location_id: id.nullish(),
    consequences: json,
    emotional_impact: within(-1, 1),
    significance_level: within(1, 10),
    tags: z.array(z.string(), 'must be a list of texts').nullish(),
    metadata: jsonMap.nullish(),
  })
  .transform((line): NewEvent => {
    const { type, title, description, participants, objects, tags, metadata, ...same } = line
    return {
      ...same,
      event_type: type ?? null,
      title: title ?? null,
      description: description ?? null,
      participants: [...new Set([...(participants ?? []), ...(objects ?? [])])],
      location_id: line.location_id ?? null,
      consequences: line.consequences ?? null,
      emotional_impact: line.emotional_impact ?? null,
      significance_level: line.significance_level ?? null,
      tags: tags ?? [],
      metadata: metadata ?? {},
    }
  })

/** `meta.json`; what else it tells is not needed. */
export const metaFile = z.looseObject({ name: z.string('must be text').nullish() }, 'must be a JSON object')

/** Deeper than any game's state; writing it out as JSON text must not overflow the stack. */
const deepest = 100

/** What of a line's JSON could not be written and read again as it is. */
export function jsonProblem(value: unknown, place = '', depth = 0): string | undefined {
  if (typeof value === 'string' && !isWellFormed(value)) return `${place}: holds half of a surrogate pair`
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > deepest) return `${place}: lies deeper than ${deepest} maps and lists`
  for (const [name, inner] of Object.entries(value)) {
    const inside = place === '' ? name : `${place}.${name}`
    const problem = jsonProblem(name, inside) ?? jsonProblem(inner, inside, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}
