// A scheduler in a separate process: it reports what happens to its rounds, and holds the first until a message.
import type { ScheduleEvent } from '../../queues/schedules/schedule.ts'
import { startSchedules } from '../../queues/schedules/start.ts'

export interface SchedulesChildArgs {
  place: { address: string; prefix: string }
  expression: string
  lockMs: number
}

export type SchedulesChildMessage = { slot: number; outcome: 'begun' | ScheduleEvent['outcome'] }

const { place, expression, lockMs } = JSON.parse(process.argv[2] ?? '') as SchedulesChildArgs
const tell = (message: SchedulesChildMessage) => process.send?.(message)
const toldToGoOn = new Promise(resolve => process.once('message', resolve))

startSchedules({
  place,
  lockMs,
  schedules: [
    {
      name: 'refresh',
      expression,
      async run({ slot }) {
        tell({ slot: slot.getTime(), outcome: 'begun' })
        await toldToGoOn
      },
    },
  ],
  onEvent: ({ slot, outcome }) => tell({ slot: slot.getTime(), outcome }),
})
