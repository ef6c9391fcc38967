import { expect, onTestFinished, test, vi } from 'vitest'
import { startPool } from '../../jobs/pool/pool.ts'
import { createRelay } from '../../queues/relay.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { forkSupport, nextMessage } from '../support/child.ts'
import { staleTargets } from '../support/kinds.ts'
import { outboxOf } from '../support/relay-parts.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

const count = 40
const refs = Array.from({ length: count }, (_, i) => ({ type: 'character', id: `c${i}` }) as const)

/** A world in Neo4j whose entities are all cached with the values before their change. */
async function openWarmWorld() {
  const world = neo4jWorld(neo4jAuth())
  const worldId = fresh()
  const prefix = fresh('q')
  const hearth = openedHearth({ cache: redisUrl(), queuePrefix: prefix, world })
  onTestFinished(() => hearth.close())
  await world.saveSnapshot(worldId, {})
  await world.putEntities(
    worldId,
    refs.map(ref => ({ ...ref, name: ref.id, props: { n: 0 } })),
  )
  const values = async () => (await hearth.entities(worldId, refs)).map(entity => entity?.['n'])
  expect(new Set(await values())).toEqual(new Set([0]))
  const startWorkers = async () => {
    const pool = await startPool({ address: redisUrl(), prefix, deps: hearth.jobDeps() })
    onTestFinished(() => pool.close(1_000))
  }
  return { world, worldId, prefix, hearth, values, startWorkers }
}

test('a backend killed right after its commits loses no change', async () => {
  const { world, worldId, hearth, values, startWorkers } = await openWarmWorld()
  const { uri, user, password } = neo4jAuth()
  const backend = forkSupport('crashing-backend.ts', [uri, user, password, worldId, String(count)])
  expect(await nextMessage(backend)).toBe('committed')
  backend.kill('SIGKILL')
  expect(new Set(await values()), 'the cache got no invalidation').toEqual(new Set([0]))

  await startWorkers()
  const relay = createRelay({
    outbox: outboxOf(world.outbox, worldId),
    alreadyInvalidated: nodes => hearth.cache.confirmations.have(nodes),
    targetsOf: staleTargets,
    enqueue: hearth.ensureInvalidated,
    leads: () => true,
    onError: () => {},
  })
  onTestFinished(() => relay.close(500))
  await vi.waitFor(async () => expect(await values()).toEqual(refs.map(() => 1)), {
    timeout: 20_000,
    interval: 100,
  })
  console.log(`backend killed: ${count} entries checked, all equal to the truth`)
})

test('a worker killed during its jobs loses no invalidation', async () => {
  const { world, worldId, prefix, hearth, values, startWorkers } = await openWarmWorld()
  await world.putEntities(
    worldId,
    refs.map(ref => ({ ...ref, name: ref.id, props: { n: 1 } })),
  )
  const worker = forkSupport('hanging-worker.ts', [redisUrl(), prefix, String(count)])
  await hearth.ensureInvalidated(
    refs.map(ref => ({ worldId, target: { kind: 'entity', ...ref }, version: null })),
  )
  expect(await nextMessage(worker)).toBe('in the jobs')
  worker.kill('SIGKILL')

  await startWorkers()
  await vi.waitFor(async () => expect(await values()).toEqual(refs.map(() => 1)), {
    timeout: 40_000,
    interval: 500,
  })
  console.log(`worker killed in ${count} jobs: ${count} entries checked, all equal to the truth`)
})
