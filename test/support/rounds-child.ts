// A scheduler as a process of its own: it tells what happens to its rounds, and holds the first until it is told to go on.
import type { RoundEvent } from '../../queues/rounds/round.ts'
import { startRounds } from '../../queues/rounds/start.ts'

export interface RoundsChildArgs {
  place: { address: string; prefix: string }
  expression: string
  lockMs: number
}

export type RoundsChildMessage = { slot: number; outcome: 'begun' | RoundEvent['outcome'] }

const { place, expression, lockMs } = JSON.parse(process.argv[2] ?? '') as RoundsChildArgs
const tell = (message: RoundsChildMessage) => process.send?.(message)
const toldToGoOn = new Promise(resolve => process.once('message', resolve))

startRounds({
  place,
  lockMs,
  rounds: [
    {
      name: 'refresh',
      expression,
      async run({ slot }) {
        tell({ slot: slot.getTime(), outcome: 'begun' })
        await toldToGoOn
      },
    },
  ],
  onRound: ({ slot, outcome }) => tell({ slot: slot.getTime(), outcome }),
})
