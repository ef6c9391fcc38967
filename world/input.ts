import type { NewEntity } from '../model/entity.ts'
import { HearthError } from '../model/errors.ts'
import type { NewEvent } from '../model/event.ts'
import { namesProblem } from '../model/own-names.ts'
import { parseTimestamp } from '../model/timestamp.ts'

/** @throws HearthError `InvalidInput`, naming the entity and its property, before anything is written */
export function checkEntities(entities: readonly NewEntity[]): void {
  for (const { type, id, props } of entities) {
    const problem = namesProblem(type, props)
    if (problem !== undefined)
      throw new HearthError('InvalidInput', `${type} ${JSON.stringify(id)}: ${problem}`)
  }
}

/** @throws HearthError `InvalidInput`, naming the event whose timestamp is none, before anything is written */
export function checkEvents(events: readonly NewEvent[]): void {
  for (const { event_id, timestamp } of events) {
    if (typeof timestamp === 'string' && parseTimestamp(timestamp) !== null) continue
    throw new HearthError(
      'InvalidInput',
      `timestamp: ${JSON.stringify(timestamp)} of event ${JSON.stringify(event_id)} must be ISO text, like 0120-03-01T12:00:00`,
    )
  }
}

export const worldNotFound = (worldId: string): HearthError =>
  new HearthError('WorldNotFound', `worldId: there is no world ${JSON.stringify(worldId)}`)
