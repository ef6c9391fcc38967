import { onTestFinished } from 'vitest'
import type { Cache } from '../../cache/cache.ts'
import { deliver } from '../../cli/relaying.ts'
import { createRelay, type RelayDeps } from '../../queues/relay.ts'
import type { Outbox } from '../../world/world.ts'
import { staleTargets } from './kinds.ts'

export interface DirectRelayDeps extends Partial<RelayDeps> {
  cache: Cache
  outbox: Outbox
}

/** A relay that leads at once and invalidates in the cache itself, without jobs unless `enqueue` adds them. */
export function startDirectRelay({ cache, outbox, ...more }: DirectRelayDeps): void {
  const relay = createRelay({
    outbox,
    alreadyInvalidated: nodes => cache.confirmations.have(nodes),
    targetsOf: staleTargets,
    enqueue: async () => {},
    deliver: targets => deliver(cache, targets),
    leads: () => true,
    onError: () => {},
    ...more,
  })
  onTestFinished(() => relay.close(1_000))
}
