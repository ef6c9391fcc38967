import type { Json } from './json.ts'

/** An event of a timeline, as readers get it. */
export interface TimelineEvent {
  event_id: string
  event_type: string | null
  title: string | null
  description: string | null
  /** ISO text as the source has it; without an offset it means UTC. Years before 100 and before Christ occur. */
  timestamp: string
  /** Entities of any kind. */
  participants: string[]
  location_id: string | null
  consequences: Json
  /** -1 to 1. */
  emotional_impact: number | null
  /** 1 to 10. */
  significance_level: number | null
  tags: string[]
  metadata: Record<string, Json>
}

/** What its fields hold where nothing is given. Copy it (the lists and maps are shared). */
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

/** An event to write. It stands on the timeline of each participant and of its location. */
export type NewEvent = Pick<TimelineEvent, 'event_id' | 'timestamp'> & Partial<typeof emptyEvent>
