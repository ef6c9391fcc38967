import { z } from 'zod'
import { id, isWellFormed } from './ids.ts'
import { jsonProblem } from './input.ts'
import { ExactNumber, isJsonObject, jsonText } from './json.ts'
import { boundedList } from './parse.ts'
import { parseTimestamp } from './timestamp.ts'
import type { NewEvent } from './world-data.ts'

/** An event to append. It stands on the timeline of each participant and of its location. */
export interface AppendedEvent extends Omit<NewEvent, 'event_id'> {
  /** An event is appended once under its id, however often it is sent. Default: a random one. */
  event_id?: string
  /** Written, and never shown to any reader. Default false. */
  private?: boolean
  /** When the game made it, as ISO text: written, and never shown. Default: when Hearth writes it. */
  created_at?: string | null
}

/** How many events a call takes. */
const maxEvents = 1_000
/** How many entities one of them names. */
const maxNames = 1_000
const maxTags = 10_000

/** Half of a surrogate pair would become something else in the source. */
const text = z.string().refine(isWellFormed, 'must be well-formed Unicode')
const json = z.unknown().superRefine((value, context) => {
  const problem = jsonProblem(value, 'it')
  if (problem !== null) context.addIssue(problem)
})

export const timestamp = z
  .string('must be ISO text')
  .refine(given => parseTimestamp(given) !== null, 'must be ISO text, like 0120-03-01T12:00:00')

/** What the source stores as a number: the digits of its text say nothing more. */
export function within(low: number, high: number) {
  const rule = `must be from ${low} to ${high}`
  const number = z.number('must be a number').min(low, rule).max(high, rule).nullish()
  return z.preprocess(given => (given instanceof ExactNumber ? Number(given) : given), number).optional()
}

/** An event of the game, as any way in takes it. */
export const eventSchema = z.strictObject({
  event_id: id.default(() => crypto.randomUUID()),
  timestamp,
  event_type: text.nullish(),
  title: text.nullish(),
  description: text.nullish(),
  participants: boundedList(id, { most: maxNames }).optional(),
  location_id: id.nullish(),
  consequences: json.optional(),
  emotional_impact: within(-1, 1),
  significance_level: within(1, 10),
  tags: boundedList(text, { most: maxTags }).optional(),
  metadata: json.refine(isJsonObject, 'must be a JSON object').meta({ type: 'object' }).optional(),
  private: z.boolean().optional(),
  created_at: timestamp.nullish(),
})

/** As in JSON text. What is undefined would hide the field that the cached event has, and change none in the source. */
function withoutUndefined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T
}

/** What `appendEvents` takes; what comes out of it has an id and nothing that JSON would not keep. */
export const newEventsSchema = boundedList(eventSchema.transform(withoutUndefined), {
  least: 1,
  most: maxEvents,
}) as unknown as z.ZodType<AcceptedEvent[]>

/** An event as it is pending: what was given, with an id. */
export type AcceptedEvent = NewEvent & { private?: boolean }

/** The entities that an event names, each once. */
export const namesOf = ({ participants, location_id }: NewEvent): string[] => [
  ...new Set([...(participants ?? []), ...(location_id ? [location_id] : [])]),
]

const texts = new WeakMap<AcceptedEvent, string>()

/** Its JSON text, which is made once: an event is measured, sent and kept by it, and never changed. */
export function eventText(event: AcceptedEvent): string {
  const made = texts.get(event)
  if (made !== undefined) return made
  const text = jsonText(event)
  texts.set(event, text)
  return text
}
