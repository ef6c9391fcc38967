import type { TimelineEvent } from './event.ts'
import type { Snapshot } from './state.ts'

/** What the fields of an event hold where nothing is given. Copy it (the lists and maps are shared). */
export const emptyEvent: Omit<TimelineEvent, 'event_id' | 'timestamp'> = {
  event_type: null,
  title: null,
  description: null,
  participants: [],
  location_id: null,
  consequences: null,
  emotional_impact: null,
  significance_level: null,
  tags: [],
  metadata: {},
}

/** What the fields of a snapshot hold where nothing is given. Copy it likewise. */
export const emptySnapshot: Omit<Snapshot, 'world_id'> = {
  world_name: null,
  world_status: null,
  current_time: null,
  last_evolution: null,
  evolution_schedule: null,
  active_characters: {},
  active_locations: {},
  active_objects: {},
  metadata: {},
}
