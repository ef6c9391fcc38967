import type { Json } from './json.ts'

/** A world's flags, by name. */
export type Flags = Record<string, Json>

/** A world's state, without its flags. Timestamps are ISO text, exactly as the source has them. */
export interface Snapshot {
  world_id: string
  world_name: string | null
  world_status: string | null
  current_time: string | null
  last_evolution: string | null
  evolution_schedule: Json
  active_characters: Record<string, Json>
  active_locations: Record<string, Json>
  active_objects: Record<string, Json>
  metadata: Record<string, Json>
}

/** What its fields hold where nothing is given. Copy it (the maps are shared). */
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
