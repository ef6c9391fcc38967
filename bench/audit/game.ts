// A game that reads and writes one world without end, in a separate process, so that only its own work affects its
// times.
import { createHearth, neo4jWorld } from '../../index.ts'
import { p99 } from '../rounds.ts'
import { plainDriver } from '../servers.ts'
import type { GameSetup } from './game-beside.ts'

const { cache, queue, neo4j, worldId, characters } = JSON.parse(process.argv[2] ?? '') as GameSetup
const hearth = createHearth({ cache, queue, world: neo4jWorld(neo4j) })
const driver = plainDriver(neo4j)
let took: number[] = []
let [reads, writes, failed] = [0, 0, 0]

/** A character; some are chosen far more often than others. */
const someone = () => `c${1 + Math.floor(characters * Math.random() ** 4)}`
let n = 0

const actions: { everyMs: number; act: () => Promise<unknown> }[] = [
  {
    everyMs: 5,
    async act() {
      const startedAt = performance.now()
      await hearth.timeline(worldId, someone(), { limit: 20 })
      took.push(performance.now() - startedAt)
      reads += 1
    },
  },
  {
    everyMs: 20,
    async act() {
      await hearth.entity(worldId, { type: 'character', id: someone() })
      reads += 1
    },
  },
  {
    everyMs: 200,
    async act() {
      n += 1
      await hearth.appendEvents(worldId, [
        { timestamp: new Date(n * 1_000).toISOString(), participants: [someone()], location_id: null },
      ])
      writes += 1
    },
  },
  {
    everyMs: 200,
    async act() {
      const id = someone()
      await driver.executeQuery('MATCH (c:Character {character_id: $id}) SET c.mood = $mood', {
        id,
        mood: ++n,
      })
      await hearth.changed(worldId, [{ kind: 'entity-updated', type: 'character', id }])
      writes += 1
    },
  },
  {
    everyMs: 1_000,
    async act() {
      await hearth.setFlags(worldId, { turn: ++n })
      writes += 1
    },
  },
  { everyMs: 2_000, act: () => hearth.refresh(worldId, Array.from({ length: 20 }, someone)) },
  { everyMs: 15_000, act: () => hearth.warm(worldId) },
]

for (const { everyMs, act } of actions) {
  setInterval(() => {
    act().catch(() => {
      failed += 1
    })
  }, everyMs)
}

process.on('message', () => {
  process.send?.({ p99: p99(took), reads, writes, failed })
  took = []
  reads = writes = failed = 0
})
process.on('disconnect', () => process.exit())
process.send?.({})
