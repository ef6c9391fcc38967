import { sendAtRate } from './api/load.ts'
import { requestsTo } from './api/requests.ts'
import type { Bench } from './bench.ts'
import { openGeneratedWorld } from './generated-world.ts'
import { environmentFor, startProcess } from './processes.ts'
import { p99 } from './rounds.ts'

const worldId = 'bench'
const eventsPerEntity = 5
const perSecond = 200
const roundSeconds = 10
const token = 'a-token-of-the-benchmark'

/**
 * The HTTP API under mixed use, with 200 requests a second for a minute (6 rounds of 10 s), while a worker warms a world
 * again and again: `hearth dashboard` and `hearth worker` as processes, with a real Neo4j. A first round is not counted.
 * The floor is `/healthz`, requested at the same time.
 */
export async function api(bench: Bench): Promise<void> {
  const { report, say, sizes } = bench
  const { rounds = 6, entities = 10_000 } = sizes
  const { cache, queue, neo4j } = await openGeneratedWorld(bench, { worldId, entities, eventsPerEntity })
  report.setting({ perSecond, roundSeconds, rounds, entities, eventsPerEntity })

  const env = environmentFor({ cache, queue, neo4j })
  await startProcess(bench, 'worker', env)
  const { url } = await startProcess(bench, 'dashboard', {
    ...env,
    HEARTH_TOKENS: `bench:operate:${token}`,
  })
  const requests = requestsTo(url, { worldId, characters: Math.floor(entities * 0.6), token })
  say('warming the world for the first time')
  await requests.warm()

  let warming = true
  let warmed = 0
  const warmAgain = async () => {
    while (warming) {
      await requests.warm()
      warmed += 1
    }
  }
  const again = warmAgain()
  const measured = { mixed: [] as number[], floor: [] as number[], failed: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    const [mixed, floor] = await Promise.all([
      sendAtRate({ perSecond, seconds: roundSeconds, send: requests.mixed }),
      sendAtRate({ perSecond: 10, seconds: roundSeconds, send: () => fetch(`${url}/healthz`) }),
    ])
    say(`round ${round}: p99 ${p99(mixed.took).toFixed(1)} ms, of /healthz ${p99(floor.took).toFixed(1)} ms`)
    if (round === 0) continue
    measured.mixed.push(p99(mixed.took))
    measured.floor.push(p99(floor.took))
    measured.failed.push(mixed.failed + floor.failed)
  }
  warming = false
  await again
  report.setting({ 'worlds warmed meanwhile': warmed })
  report.measured({ what: 'mixed, p99', unit: 'ms', rounds: measured.mixed })
  report.measured({ what: '/healthz, p99', unit: 'ms', rounds: measured.floor })
  report.target({ figure: 'p99', rounds: measured.mixed, goal: '< 50' })
  report.target({ figure: 'failed', rounds: measured.failed, goal: '= 0' })
}
