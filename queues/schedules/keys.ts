import { defaultPrefix } from '../connect.ts'

/** Where the rounds' state is in the queues' Redis. */
export interface ScheduleKeys {
  /** Set: the names of all rounds that ever were. */
  names: string
  /** Hash: how a round stands, for `readSchedules`. */
  state(name: string): string
  /** Text: the token of the run that is under way. It expires unless it is renewed. */
  running(name: string): string
  /** Text: who fires this slot. `slot` is node-cron's name for it, the round's name and the time. */
  claim(slot: string): string
}

export const scheduleKeys = (prefix = defaultPrefix): ScheduleKeys => ({
  names: `${prefix}:rounds`,
  state: name => `${prefix}:round:${name}`,
  running: name => `${prefix}:round:${name}:running`,
  claim: slot => `${prefix}:round-slot:${slot}`,
})
