// A process that reads a million different timelines with 16 MB near, and reports what that has cost it.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Redis } from 'ioredis'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { demoWorld } from '../../world/demo/demo.ts'
import { kinds } from './kinds.ts'

const [url = '', worldId = '', given = ''] = process.argv.slice(2)
const total = Number(given)
const maxBytes = 16_000_000
const batchSize = 100
const batchesAtOnce = 4
/** An entry has made room for others long before it expires. Milliseconds. */
const ttlMs = 5_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const heapMb = () => {
  collectGarbage()
  return process.memoryUsage().heapUsed / 1e6
}

const world = await demoWorld({ worldId: 'sample', entities: 20, eventsPerEntity: 4 })
const [member] = await world.members('sample', { limit: 1 })
const [sample] = await world.timelines('sample', [member?.id ?? ''], 4)
const hearth = openedHearth({ cache: url, queuePrefix: worldId, world, near: { maxBytes } })
const redis = new Redis(url)
const keyOf = (id: string) => hearth.cache.keys.entry(kinds.timeline, worldId, id).key
while (hearth.cache.near?.stats.state !== 'armed') await new Promise(resolve => setTimeout(resolve, 10))

let peakRssMb = 0
let read = 0
const text = JSON.stringify(sample)

async function readBatch(first: number): Promise<void> {
  const ids = Array.from({ length: batchSize }, (_, i) => `c${first + i}`)
  const sets = redis.pipeline()
  for (const id of ids) sets.set(keyOf(id), text, 'PX', ttlMs)
  await sets.exec()
  for (const timeline of (await hearth.timelines(worldId, ids)).values()) if (timeline.length > 0) read += 1
}

const before = heapMb()
const step = batchSize * batchesAtOnce
for (let first = 0; first < total; first += step) {
  await Promise.all(Array.from({ length: batchesAtOnce }, (_, i) => readBatch(first + i * batchSize)))
  peakRssMb = Math.max(peakRssMb, process.memoryUsage.rss() / 1e6)
}
process.send?.({ read, peakRssMb, heapMb: heapMb() - before, ...hearth.cache.near?.stats })
process.disconnect()
redis.disconnect()
await hearth.close()
