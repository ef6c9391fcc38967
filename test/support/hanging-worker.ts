// A worker that takes jobs of the invalidate queue and hangs in each: whoever started it kills it then.
import { createCache } from '../../cache/cache.ts'
import { connectCache } from '../../cache/connect.ts'
import { startPool } from '../../jobs/pool.ts'
import { embeddedWorld } from '../../world/embedded.ts'
import { createLoads } from '../../world/loads.ts'

const [address = '', prefix = '', concurrency = '1'] = process.argv.slice(2)
const cache = createCache({ redis: connectCache(address, () => {}) })
const world = embeddedWorld()
let begun = 0
const hanging = {
  ...cache,
  leases: {
    ...cache.leases,
    invalidate: () => {
      if (++begun === Number(concurrency)) process.send?.('in the jobs')
      return new Promise<never>(() => {})
    },
  },
}
const deps = { cache: hanging, world, loads: createLoads({ world, topK: 50 }), chunkSize: 500 }
await startPool({ address, prefix, deps, invalidateConcurrency: Number(concurrency) })
