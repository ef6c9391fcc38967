import { HearthError } from '../../model/errors.ts'
import type { Json } from '../../model/json.ts'
import type { PrivacyOptions } from '../../model/privacy.ts'
import {
  type EntityType,
  entityTypes,
  type NewEntity,
  type NewEvent,
  type Snapshot,
} from '../../model/world-data.ts'
import { fillWorld, type WorldSource } from '../import/fill.ts'
import { type EmbeddedWorld, embeddedWorld } from '../memory/embedded.ts'
import { describe, taleOf } from './demo-words.ts'
import { randomOf } from './random.ts'

export interface GenerateOptions {
  /** The same seed makes the same world. A whole number. Default: 1. */
  seed?: number
  /** Characters, locations and objects together: 60, 25 and 15 of 100. Default: 1000. */
  entities?: number
  /** How many events stand on a timeline, more or less. Default: 20. */
  eventsPerEntity?: number
  /** Exactly this many on each timeline: every event has one participant and no location. For benchmarks. Default: false. */
  exactEventsPerEntity?: boolean
}

/**
 * A plausible world of any size. Entities and events are made while they are iterated, and each may be iterated anew.
 * @throws HearthError `InvalidInput` for a number that is not whole or is negative
 */
export function generateWorld(options: GenerateOptions = {}) {
  const { seed = 1, entities = 1000, eventsPerEntity = 20, exactEventsPerEntity = false } = options
  for (const [name, value] of Object.entries({ seed, entities, eventsPerEntity })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new HearthError('InvalidInput', `${name}: ${value} must be a whole number, 0 or more`)
    }
  }
  const cast = castOf(seed, entities)
  const events = exactEventsPerEntity
    ? entities * eventsPerEntity
    : cast.sizes.location > 0
      ? cast.sizes.location * eventsPerEntity
      : Math.round((cast.sizes.character * eventsPerEntity) / charactersPerEvent)
  const solo = (index: number): Draft => ({ participants: [cast.entity(index % entities)] })
  const draft = exactEventsPerEntity ? solo : castDraft(seed, cast)

  return {
    snapshot: snapshotOf(cast, timestampOf(Math.max(0, events - 1), events)),
    flags: { weather: 'clear', season: 'autumn', market_open: true, watch: { captain: 'c1', lamps: 12 } },
    counts: { entities, events },
    /** Ids are `c1`…, `l1`… and `o1`…. */
    entities: iterated(entities, cast.entity),
    /** Oldest first, over twenty years; some share a timestamp. Ids are `e1`…. */
    events: iterated(events, (index): NewEvent => {
      const { participants, location, object } = draft(index)
      const names = {
        who: nameOf(participants[0]),
        others: participants.slice(1).map(nameOf).join(' and ') || 'the others',
        place: location && nameOf(location),
        thing: object && nameOf(object),
      }
      const random = randomOf(seed + 1, index)
      const { impact, significance, ...tale } = taleOf(random, names)
      const within = ([low, high]: readonly [number, number]) => low + random.fraction() * (high - low)
      return {
        ...tale,
        event_id: `e${index + 1}`,
        timestamp: timestampOf(index, events),
        participants: [...participants, ...(object ? [object] : [])].map(entity => entity.id),
        location_id: location?.id ?? null,
        consequences: random.below(4) === 0 ? [{ kind: 'rumour', strength: random.below(10) }] : null,
        emotional_impact: Math.round(within(impact) * 100) / 100,
        significance_level: Math.round(within(significance)),
        metadata: { season: random.pick(['spring', 'summer', 'autumn', 'winter']) },
      }
    }),
  } satisfies WorldSource
}

/** An embedded world that is full of a generated one; more can be added to it. */
export async function demoWorld(
  options: GenerateOptions & { worldId?: string; privacy?: PrivacyOptions } = {},
): Promise<EmbeddedWorld> {
  const { worldId = 'demo', privacy, ...generate } = options
  const world = embeddedWorld(privacy ? { privacy } : {})
  await fillWorld(world, worldId, generateWorld(generate))
  return world
}

type Cast = ReturnType<typeof castOf>

/** Who takes part in an event. */
interface Draft {
  participants: [NewEntity, ...NewEntity[]]
  location?: NewEntity
  object?: NewEntity
}

function castOf(seed: number, entities: number) {
  const location = Math.floor(entities * 0.25)
  const object = Math.floor(entities * 0.15)
  const sizes = { character: entities - location - object, location, object }
  const member = (type: EntityType, index: number): NewEntity => {
    const { name, props } = describe[type](randomOf(seed, index * 3 + entityTypes.indexOf(type)))
    return { type, id: `${type[0]}${index + 1}`, name, props }
  }
  /** All of them, characters first. */
  const entity = (index: number): NewEntity => {
    if (index < sizes.character) return member('character', index)
    const rest = index - sizes.character
    return rest < location ? member('location', rest) : member('object', rest - location)
  }
  return { sizes, entity, member }
}

/**
 * There are as many events as the timelines of the locations need, one of which is in each; so 2.4 characters and 0.6
 * objects to an event give those the same number.
 */
const charactersPerEvent = 2.4
const objectsPerEvent = 0.6

function castDraft(seed: number, { sizes, member }: Cast): (index: number) => Draft {
  return index => {
    const random = randomOf(seed + 2, index)
    const wanted = random.fraction() < charactersPerEvent - 2 ? 3 : 2
    const chosen = new Set<number>([random.below(sizes.character)])
    while (chosen.size < Math.min(wanted, sizes.character)) chosen.add(random.below(sizes.character))
    const [first = 0, ...others] = chosen
    return {
      participants: [member('character', first), ...others.map(other => member('character', other))],
      ...(sizes.location > 0 && { location: member('location', index % sizes.location) }),
      ...(sizes.object > 0 &&
        random.fraction() < objectsPerEvent && { object: member('object', random.below(sizes.object)) }),
    }
  }
}

const nameOf = (entity: NewEntity): string => entity.name ?? entity.id

const twentyYears = 20 * 365 * 24 * 3600

/** Local ISO text without an offset, as the game writes it. Two events at a time share one. */
function timestampOf(index: number, events: number): string {
  const seconds = Math.floor(((index - (index % 2)) / Math.max(1, events)) * twentyYears)
  return new Date(Date.UTC(1042, 2, 1) + seconds * 1000).toISOString().slice(0, 19)
}

function snapshotOf({ sizes, member }: Cast, currentTime: string): Partial<Snapshot> {
  const active = (type: EntityType, most: number): Record<string, Json> => {
    const shown = Array.from({ length: Math.min(most, sizes[type]) }, (_, index) => member(type, index))
    return Object.fromEntries(shown.map(({ id, name }) => [id, { name }]))
  }
  return {
    world_name: 'The Lantern Coast',
    world_status: 'active',
    current_time: currentTime,
    last_evolution: currentTime,
    evolution_schedule: { every_minutes: 60 },
    active_characters: active('character', 30),
    active_locations: active('location', 15),
    active_objects: active('object', 10),
    metadata: { generated: true },
  }
}

function iterated<T>(length: number, make: (index: number) => T): Iterable<T> {
  return {
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield make(index)
    },
  }
}
