// One round of refreshing, decay and pruning over the given number of read worlds; reports what they took.

import { createCache } from '../../cache/cache.ts'
import { connectCache } from '../../cache/connect.ts'
import { queues } from '../../jobs/queues.ts'
import { refreshPopular } from '../../jobs/refresh/schedule.ts'
import { createProducer } from '../../queues/producer.ts'
import { openStore } from '../../queues/redis.ts'

const [url = '', queueUrl = '', prefix = '', worlds = '0', entities = '0'] = process.argv.slice(2)
const halfLifeMs = 600_000
const cache = createCache({ redis: connectCache(url, () => {}) })
const producer = createProducer({ address: queueUrl, prefix, queues })
const store = openStore({ address: queueUrl, prefix })
const scores = Array.from({ length: Number(entities) }, (_, i) => [10 + i, `c${i}`]).flat()
for (let i = 0; i < Number(worlds); i++) {
  await cache.redis.zadd(cache.keys.popularity(`${prefix}-${i}`), ...scores)
  await cache.redis.zadd(cache.keys.countedWorlds, Date.now() - 1_000, `${prefix}-${i}`)
  await cache.activeWorlds.touch(`${prefix}-${i}`)
}

async function timed<T>(work: () => Promise<T>): Promise<{ found: T; ms: number }> {
  const started = performance.now()
  return { found: await work(), ms: Math.round(performance.now() - started) }
}

const policy = { idleMs: 3_600_000, top: 200, halfLifeMs }
const during = { nextAt: new Date(Date.now() + 30_000), signal: new AbortController().signal }
const round = await timed(() => refreshPopular({ cache, producer, store, policy }, during))
const decay = await timed(() => cache.popularity.decay({ halfLifeMs }))
const prune = await timed(() => cache.popularity.prune({ least: 0.1, most: 500 }))
process.send?.({
  round: round.found,
  decayed: decay.found,
  pruned: prune.found,
  took: { roundMs: round.ms, decayMs: decay.ms, pruneMs: prune.ms },
  heapMb: Math.round(process.memoryUsage().heapUsed / 2 ** 20),
})
await Promise.all([cache.close(), producer.close()])
store.redis.disconnect()
process.disconnect()
