import { isNil, omitBy } from 'es-toolkit'
import { z } from 'zod'
import { copyJson } from '../../model/copy.ts'
import { entityTypes, type NewEntity } from '../../model/entity.ts'
import { emptyEvent, type NewEvent } from '../../model/event.ts'
import { id } from '../../model/ids.ts'
import type { Json } from '../../model/json.ts'
import { isJsonObject } from '../../model/json-text.ts'
import { timestamp, within } from '../../model/new-events.ts'
import { namesProblem } from '../../model/own-names.ts'

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
