import { HearthError } from '../model/errors.ts'
import { type AcceptedEvent, eventText, namesOf } from '../model/new-events.ts'

/** What it costs to accept events. */
export interface AppendCost {
  /** Of their JSON, in UTF-8. */
  bytes: number
  /** Each event counts once for each entity that it names. */
  places: number
}

/** Redis takes a call in one step, in which it serves no other client: some 10 ms for the largest. */
export const appendLimits = { eventBytes: 1_048_576, bytes: 8_388_608, places: 10_000 } as const

/** @throws HearthError `InvalidInput` for a call that would cost too much, naming what is too large */
export function costOf(events: readonly AcceptedEvent[]): AppendCost {
  const cost: AppendCost = { bytes: 0, places: 0 }
  events.forEach((event, i) => {
    const bytes = Buffer.byteLength(eventText(event))
    if (bytes > appendLimits.eventBytes)
      throw tooLarge(`events: ${i}: must be at most ${appendLimits.eventBytes} bytes of JSON, is ${bytes}`)
    cost.bytes += bytes
    cost.places += namesOf(event).length
    if (cost.bytes > appendLimits.bytes)
      throw tooLarge(`events: must be at most ${appendLimits.bytes} bytes of JSON in all`)
    if (cost.places > appendLimits.places)
      throw tooLarge(`events: must name at most ${appendLimits.places} entities in all, each event's counted`)
  })
  return cost
}

const tooLarge = (problem: string): HearthError =>
  new HearthError('InvalidInput', `events is not valid: ${problem}; append them in several calls`)
