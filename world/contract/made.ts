import { randomUUID } from 'node:crypto'
import type { Json } from '../../model/json.ts'
import {
  type EntityRef,
  emptyEvent,
  type Member,
  type NewEntity,
  type NewEvent,
  type TimelineEvent,
} from '../../model/world-data.ts'

/** An id that begins as no other test's ids do. */
export const own = (id: string): string => `${randomUUID().slice(0, 13)} ${id}`

const newEntity = (type: NewEntity['type'], id: string, props: Record<string, Json>): NewEntity => {
  return { type, id, name: `The ${type}`, props }
}
export const character = (id: string, props = {}): NewEntity => newEntity('character', id, props)
export const place = (id: string, props = {}): NewEntity => newEntity('location', id, props)
export const thing = (id: string, props = {}): NewEntity => newEntity('object', id, props)

/** As a reader gets it. */
export const read = ({ type, id, name, props }: NewEntity) => ({ ...props, type, id, name })
export const member = ({ type, id }: EntityRef): Member => ({ type, id, active: true })

export function event(
  id: string,
  timestamp: string,
  participants: string[],
  location: string | null = null,
): NewEvent {
  return { event_id: id, timestamp, participants, location_id: location, title: `Event ${id}` }
}
export const full = (given: NewEvent): TimelineEvent => ({ ...emptyEvent, ...given })

/** Neither the order given nor its reverse. */
export const scrambled = <T>(items: readonly T[]): T[] => [
  ...items.filter((_, i) => i % 2),
  ...items.filter((_, i) => !(i % 2)),
]
