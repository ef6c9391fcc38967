import type { Cache } from '../../cache/cache.ts'
import { createEnsureInvalidated } from '../../jobs/invalidate/ensure.ts'
import { queues } from '../../jobs/queues.ts'
import { createLeadership, type Leadership } from '../../queues/leadership.ts'
import { createProducer } from '../../queues/producer.ts'
import { createRelay, type Relay, type RelayDeps } from '../../queues/relay.ts'
import type { Outbox } from '../../world/world.ts'
import { nameOf, staleTargets } from './kinds.ts'

/** The steps at which the process of a relay can stop. */
export type Step = 'read' | 'enqueued' | 'removed'

/** An outbox with the nodes of only one world, because all tests share Neo4j's outbox. */
export function outboxOf(outbox: Outbox, worldId: string): Outbox {
  return {
    ...outbox,
    async pending(limit, options) {
      const nodes = await outbox.pending(100_000, options)
      return nodes.filter(node => node.worldId === worldId).slice(0, limit)
    },
  }
}

export interface RelayParts {
  outbox: Outbox
  cache: Cache
  place: { address: string; prefix: string }
  lifeMs?: number
  /** Called at each step before the relay continues. */
  at?(step: Step): Promise<void>
  overrides?: Partial<RelayDeps>
}

/** A relay as the scheduler wires it. */
export function openRelay({
  outbox,
  cache,
  place,
  lifeMs = 600,
  at = async () => {},
  overrides,
}: RelayParts): {
  relay: Relay
  leadership: Leadership
  close(): Promise<void>
} {
  const producer = createProducer({ ...place, queues })
  const { ensureInvalidated } = createEnsureInvalidated({ producer, nameOf, telemetry: undefined })
  const leadership = createLeadership({ ...place, name: 'relay', lifeMs, onChange: () => relay.notify() })
  const relay = createRelay({
    outbox: {
      ...outbox,
      async pending(limit, options) {
        const nodes = await outbox.pending(limit, options)
        if (nodes.length > 0) await at('read')
        return nodes
      },
      async remove(nodes) {
        await outbox.remove(nodes)
        await at('removed')
      },
    },
    alreadyInvalidated: nodes => cache.confirmations.have(nodes),
    targetsOf: staleTargets,
    noteBookmarks: cache.bookmarks.note,
    async enqueue(targets) {
      await ensureInvalidated(targets)
      await at('enqueued')
    },
    leads: leadership.leads,
    batch: 20,
    onError: () => {},
    ...overrides,
  })
  return {
    relay,
    leadership,
    async close() {
      await relay.close(1_000)
      await Promise.all([leadership.close(), producer.close()])
    },
  }
}
