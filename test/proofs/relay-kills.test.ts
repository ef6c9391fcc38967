import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { type Neo4jWorld, neo4jWorld } from '../../world/neo4j/world.ts'
import { forkSupport, nextMessage } from '../support/child.ts'
import type { RelayChildArgs } from '../support/relay-child.ts'
import type { Step } from '../support/relay-parts.ts'
import { inTime, relaySetup } from '../support/relay-setup.ts'
import { neo4jAuth } from '../support/servers.ts'

let world: Neo4jWorld
beforeAll(async () => {
  world = neo4jWorld(neo4jAuth())
  await world.ready()
})
afterAll(() => world.close())

type Setup = ReturnType<typeof relaySetup>

/** A relay in another process, which has stopped at this step. */
async function relayHeldAt(holdAt: Step, { place, worldId }: Setup) {
  const args: RelayChildArgs = { neo4j: neo4jAuth(), place, worldId, holdAt }
  const child = forkSupport('relay-child.ts', [JSON.stringify(args)])
  expect(await nextMessage(child)).toBe(holdAt)
  return child
}

/** Waits until no node is pending and no entry has the value from before its change. */
async function everythingInvalidated({ pending, entries, invalidations }: Setup, what: string) {
  await expect.poll(pending, inTime).toBe(0)
  await expect.poll(entries.stale, inTime).toBe(0)
  const failed = await invalidations.getJobCounts('failed', 'delayed')
  expect(failed).toEqual({ failed: 0, delayed: 0 })
  console.log(`[relay] ${what}: ${entries.ids.length} recorded changes, all of them invalidated`)
}

// How many of 60 nodes, in batches of 20, are left by a relay that dies when it first reaches the step.
const steps: [Step, { nodes: number; jobs: number }][] = [
  ['read', { nodes: 60, jobs: 0 }],
  ['enqueued', { nodes: 60, jobs: 20 }],
  ['removed', { nodes: 40, jobs: 20 }],
]

test.each(steps)('a relay killed with -9 when it has %s: another one finishes', async (step, left) => {
  const setup = relaySetup({ outbox: world.outbox })
  await setup.entries.plantAndRecord(60)
  const child = await relayHeldAt(step, setup)
  child.kill('SIGKILL')
  expect(await setup.pending()).toBe(left.nodes)
  expect(await setup.invalidations.getWaitingCount()).toBe(left.jobs)

  setup.startRelay()
  await setup.startWorkers()
  await everythingInvalidated(setup, `killed when it had ${step}`)
})

test.each<Step>(['read', 'enqueued'])(
  'a relay frozen past its lease when it has %s, and thawed: nothing is lost',
  async step => {
    const setup = relaySetup({ outbox: world.outbox })
    await setup.entries.plantAndRecord(60)
    const frozen = await relayHeldAt(step, setup)
    frozen.kill('SIGSTOP')
    const other = setup.startRelay()
    await setup.startWorkers()
    await everythingInvalidated(setup, `frozen when it had ${step}, before it thaws`)
    expect(other.leadership.leads()).toBe(true)

    // Nodes that may get the internal ids of the nodes that the frozen relay still has in hand.
    await other.close()
    await setup.entries.plantAndRecord(60)
    frozen.kill('SIGCONT')
    frozen.send('go on')
    await everythingInvalidated(setup, `frozen when it had ${step}, and thawed`)
  },
)

test("the queues' Redis killed with accepted jobs, down while 1,000 changes are recorded, and back", async context => {
  const server = await startRedis({ isolated: true })
  onTestFinished(() => server.stop())
  const { process: redis } = server
  if (!redis) {
    console.log(`[relay] skipped: a Redis cannot be killed here (${server.how})`)
    return context.skip()
  }
  const setup = relaySetup({ outbox: world.outbox, queue: server.url })
  setup.startRelay({ overrides: { batch: 500 } })
  await setup.entries.plantAndRecord(300)
  await expect.poll(setup.pending, inTime).toBe(0)

  await redis.kill('SIGKILL')
  const begun = performance.now()
  await setup.entries.plantAndRecord(1_000)
  expect(await setup.pending()).toBe(1_000)
  expect(await setup.entries.stale()).toBe(1_300)
  console.log(`[relay] recorded 1,000 changes in ${Math.round(performance.now() - begun)} ms without Redis`)

  await redis.restart()
  await setup.startWorkers()
  await everythingInvalidated(setup, 'the queue Redis killed and restarted')
})
