import { createRelay } from '../../queues/relay.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import type { StartedNeo4j } from '../../tools/servers/neo4j.ts'
import { recordChanges } from '../../world/neo4j/outbox.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import type { Bench } from '../bench.ts'
import { staleTargets } from '../kinds.ts'
import { interleaved, median, ratios } from '../rounds.ts'
import { plainDriver } from '../servers.ts'

const nodes = 5_000
const transactions = 200

interface Servers {
  cache: string
  queue: string
  neo4j: StartedNeo4j
}

/** Relayed changes a second, and the cost of recording a change in a backend's transaction. */
export async function measureOutbox(bench: Bench, { cache, queue, neo4j }: Servers) {
  const { report, closing, say, sizes } = bench
  const { rounds = 5 } = sizes
  const world = neo4jWorld(neo4j)
  await world.schema()
  const hearth = openedHearth({ cache, queue, queuePrefix: 'bench-outbox', world })
  await closing.opened('hearth', () => hearth.close())
  const driver = plainDriver(neo4j)
  await closing.opened('the driver', () => driver.close())
  const session = driver.session()
  await closing.opened('the session', () => session.close())

  say(`${nodes} recorded changes relayed, ${transactions} transactions with and without recording`)
  let planted = 0
  async function relayed() {
    await session.run(
      `UNWIND range(1, $nodes) AS i CREATE (:CacheOutbox {id: randomUUID(), world_id: 'bench-outbox',
        changes: '[{"kind":"event-added","entityIds":["c' + ($from + i) + '"]}]', recorded_at: timestamp()})`,
      { nodes, from: planted },
    )
    planted += nodes
    const started = performance.now()
    let left = nodes
    await new Promise<void>((resolve, reject) => {
      const relay = createRelay({
        outbox: world.outbox,
        alreadyInvalidated: some => hearth.cache.confirmations.have(some),
        targetsOf: staleTargets,
        enqueue: hearth.ensureInvalidated,
        leads: () => true,
        onRelayed(count) {
          left -= count
          if (left <= 0) relay.close(1_000).then(resolve)
        },
        onError: trouble => trouble && reject(trouble),
      })
    })
    return (nodes / (performance.now() - started)) * 1_000
  }

  await session.run("MERGE (w:World {world_id: 'bench-outbox'})")
  const transaction = (record: boolean) => async () => {
    const took: number[] = []
    for (let i = 0; i < transactions; i++) {
      const started = performance.now()
      await session.executeWrite(async tx => {
        await tx.run("MATCH (w:World {world_id: 'bench-outbox'}) SET w.n = $i", { i })
        if (record) await recordChanges(tx, 'bench-outbox', [{ kind: 'flags-changed' }])
      })
      took.push(performance.now() - started)
    }
    if (record) await session.run('MATCH (o:CacheOutbox) DELETE o')
    return median(took)
  }

  const relay = await interleaved({ rounds, contenders: { relayed } })
  const cost = await interleaved({
    rounds,
    contenders: { recording: transaction(true), without: transaction(false) },
  })
  report.setting({ 'recorded changes': nodes, transactions, rounds })
  report.measured({ what: 'outbox relayed', unit: 'changes/s', rounds: relay.relayed })
  report.measured({ what: 'a transaction that records', unit: 'ms', rounds: cost.recording })
  report.measured({ what: 'the same without', unit: 'ms', rounds: cost.without })
  report.measured({ what: 'recording/without', unit: 'x', rounds: ratios(cost.recording, cost.without) })
}
