import { groupBy } from '../model/group-by.ts'
import { createBatcher } from '../resilience/batcher.ts'

/** Two batches of this size: while a server works on one, this process prepares the other. */
const batches = { largest: 128, atOnce: 2 }

/**
 * Calls that come while others are under way go out with the next, those of one world together.
 * @param send answers calls of one world, in their order
 */
export function createCallBatches<Call extends { worldId: string }, Answer>(
  send: (worldId: string, calls: readonly Call[]) => Promise<readonly Answer[]>,
) {
  const batcher = createBatcher<Call, Map<Call, Answer>>({
    ...batches,
    async send(calls) {
      const byWorld = groupBy(calls, ({ worldId }) => worldId)
      const answered = Array.from(byWorld, async ([worldId, group]) => {
        const answers = await send(worldId, group)
        return group.map((call, i) => [call, answers[i] as Answer] as const)
      })
      return new Map((await Promise.all(answered)).flat())
    },
  })
  return {
    async ask(call: Call): Promise<Answer> {
      const [answers] = await batcher.add([call])
      return answers?.get(call) as Answer
    },
    idle: batcher.idle,
  }
}
