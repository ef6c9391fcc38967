// A worker that takes jobs of the invalidate queue and hangs in each, to be killed by the test.

import { startPool } from '../../jobs/pool/pool.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'

const [address = '', prefix = '', concurrency = '1'] = process.argv.slice(2)
const deps = openedHearth({ cache: address, queuePrefix: prefix, world: embeddedWorld() }).jobDeps()
const { cache } = deps
let begun = 0
const hanging = {
  ...cache,
  bookmarks: {
    ...cache.bookmarks,
    // The first step of each job; the next one hangs, for jobs of one world together.
    note: () => {
      if (++begun === Number(concurrency)) process.send?.('in the jobs')
    },
  },
  leases: { ...cache.leases, invalidate: () => new Promise<never>(() => {}) },
}
await startPool({
  address,
  prefix,
  deps: { ...deps, cache: hanging },
  concurrency: { invalidate: Number(concurrency) },
})
