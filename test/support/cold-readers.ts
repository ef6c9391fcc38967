// One of the processes that read one cold timeline together: reads it 250 times at once, on a message.

import { createCache } from '../../cache/cache.ts'
import { connectCache } from '../../cache/connect.ts'
import { kinds } from './kinds.ts'

const [url = '', worldId = ''] = process.argv.slice(2)
const cache = createCache({ redis: connectCache(url, () => {}) })
let loads = 0

async function load() {
  loads++
  await new Promise(resolve => setTimeout(resolve, 100)) // as long as a real load, so that all readers come during it
  return [[{ event_id: 'e1' }]]
}

process.once('message', async () => {
  const entry = cache.keys.entry(kinds.timeline, worldId, 'c1')
  const reads = await Promise.all(Array.from({ length: 250 }, () => cache.read.one(entry, load)))
  process.send?.({ loads, right: reads.filter(events => events?.[0]?.event_id === 'e1').length })
  await cache.close()
  process.disconnect()
})
await cache.ping()
process.send?.('ready')
