// A relay in a separate process, which stops at each step until a message lets it continue, and reports the step.
import { createCache } from '../../cache/cache.ts'
import { connectCache } from '../../cache/connect.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { openRelay, outboxOf, type Step } from './relay-parts.ts'

export interface RelayChildArgs {
  neo4j: { uri: string; user: string; password: string }
  place: { address: string; prefix: string }
  worldId: string
  holdAt: Step
}

const { neo4j, place, worldId, holdAt } = JSON.parse(process.argv[2] ?? '') as RelayChildArgs
let held = false

openRelay({
  outbox: outboxOf(neo4jWorld(neo4j).outbox, worldId),
  cache: createCache({ redis: connectCache(place.address, () => {}) }),
  place,
  async at(step) {
    if (step !== holdAt || held) return
    held = true
    const told = new Promise(resolve => process.once('message', resolve))
    process.send?.(step)
    await told
  },
})
