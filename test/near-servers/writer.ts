// Changes entities over several connections, until a message stops it.
import { setTimeout as sleep } from 'node:timers/promises'
import { createCache } from '../../cache/cache.ts'
import { connectCache } from '../../cache/connect.ts'
import { openBoard } from '../register/board.ts'
import { kinds } from '../support/kinds.ts'
import { type HammerSetup, ref } from './setup.ts'

const setup = JSON.parse(process.argv[2] ?? '{}') as HammerSetup
const { redisUrl, worldId, ids, sourceFile, acknowledgedFile, writers } = setup
const source = openBoard({ file: sourceFile, processes: 1, index: 0 })
const acknowledged = openBoard({ file: acknowledgedFile, processes: 1, index: 0 })
let running = true
let changes = 0

/** The longest pause between two changes over one connection. Milliseconds. */
const restMs = 20

/** Each writer has entities of its own, whose values only grow. */
async function write(writer: number): Promise<void> {
  const cache = createCache({ redis: connectCache(redisUrl, () => {}) })
  const mine = ids.map((_, i) => i).filter(i => i % writers === writer)
  for (let value = 1; running; value++) {
    const i = mine[Math.floor(Math.random() * mine.length)] as number
    source.acknowledge(i, value)
    const entry = cache.keys.entry(kinds.entity, worldId, ref(ids[i] as string))
    const invalidating = cache.leases.invalidate(worldId, [entry])
    const isKnown = await invalidating.then(
      () => true,
      () => false,
    ) // a busy machine lets Redis answer too late
    if (!isKnown) continue
    acknowledged.acknowledge(i, value)
    changes += 1
    await sleep(Math.random() * restMs)
  }
  await cache.close()
}

const writing = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
process.once('message', async () => {
  running = false
  await writing
  process.send?.(changes)
  process.disconnect()
})
process.send?.('ready')
