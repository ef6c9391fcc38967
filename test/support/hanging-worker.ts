// A worker that takes jobs of the invalidate queue and hangs in each: whoever started it kills it then.
import { createHearth } from '../../hearth.ts'
import { startPool } from '../../jobs/pool.ts'
import { embeddedWorld } from '../../world/embedded.ts'

const [address = '', prefix = '', concurrency = '1'] = process.argv.slice(2)
const deps = createHearth({ cache: address, queuePrefix: prefix, world: embeddedWorld() }).jobDeps()
const { cache } = deps
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
await startPool({
  address,
  prefix,
  deps: { ...deps, cache: hanging },
  invalidateConcurrency: Number(concurrency),
})
