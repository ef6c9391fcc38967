// A backend or a worker that stops at a step of write-behind and reports it, to be killed by the test.

import { neo4jWorld, startPool } from '../../index.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'
import { eventOf } from './append-world.ts'

export interface AppendChildArgs {
  cache: string
  queue: string
  prefix: string
  neo4j: { uri: string; user: string; password: string }
  worldId: string
  /** `accepted`: a backend, between its two steps. The others: a worker. */
  holdAt: 'accepted' | 'before' | 'in' | 'after'
}

const { cache, queue, prefix, neo4j, worldId, holdAt } = JSON.parse(process.argv[2] ?? '') as AppendChildArgs
const truth = neo4jWorld(neo4j)
const never = () => new Promise<never>(() => {})
const here = () => process.send?.(holdAt)

const world: World = {
  ...truth,
  async addEvents(id, events) {
    if (holdAt === 'before') {
      here()
      return never()
    }
    const writing = truth.addEvents(id, events)
    if (holdAt === 'in') here()
    await writing
    if (holdAt === 'after') here()
    return never()
  },
}
const hearth = openedHearth({ cache, queue, queuePrefix: prefix, world })

if (holdAt === 'accepted') {
  hearth.cache.amend = () => {
    here()
    return never()
  }
  await hearth.appendEvents(
    worldId,
    Array.from({ length: 20 }, (_, i) => eventOf(1_000 + i)),
  )
} else {
  await startPool({ address: queue, prefix, deps: { ...hearth.jobDeps(), world } })
}
