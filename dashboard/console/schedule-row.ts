/** How a round stands in the fleet, as it goes over the wire. Times in milliseconds; `At` since 1970. */
export interface ScheduleRow {
  name: string
  expression: string
  lastRunAt: number | null
  tookMs: number | null
  nextRunAt: number
  skipped: number
  /** How often it was made up for, because no scheduler had run it in its time. */
  caughtUp: number
  /** Of the last run; null where there was none. `lost`: its process died before it could note the end. */
  outcome: 'running' | 'ok' | 'failed' | 'lost' | null
  /** Why it failed. */
  reason: string | null
  /** Which process ran it: `host:pid`. */
  by: string | null
}
