import { setTimeout as pause } from 'node:timers/promises'
import type { StartedRedis } from '../cli/servers/redis.ts'
import { createHearth } from '../hearth/hearth.ts'
import { type AuditResult, watchJob } from '../index.ts'
import { neo4jWorld } from '../world/neo4j/world.ts'
import { startGame } from './audit/game-beside.ts'
import { createSlices, type Slices, sliceMs } from './audit/slices.ts'
import type { Bench } from './bench.ts'
import { writeGeneratedWorld } from './generated-world.ts'
import { environmentFor, startProcess } from './processes.ts'
import { interleaved, ratios } from './rounds.ts'
import { openNeo4j, startedRedis } from './servers.ts'

const worldId = 'bench'
const eventsPerEntity = 5
const auditEveryMs = 2_000
/** How many slices of each kind a round has. */
const slicesInRound = 4
/** A worker is killed before each of these, twice in a round. */
const slicesInHalf = 6
/** After this time, connections to a restarted Redis are back, and the cache is trusted again. */
const settleMs = 5_000
const never = '0 0 1 1 *'

/**
 * A game reads and writes for ten minutes (10 rounds of a minute) while worlds are warmed and refreshed. A worker is
 * killed twice in each round, between slices, so that its start disturbs none; and a Redis between the rounds,
 * after which the world is warmed again. In every third slice samples are audited, a hundred entities every two seconds;
 * in the end everything that is cached. No entry may be wrong for ten seconds.
 *
 * Two of three slices have no audits. What differs between these two is chance: an effect of audits that is smaller than
 * that was not measured.
 */
export async function audit(bench: Bench): Promise<void> {
  const { report, closing, say, sizes } = bench
  const { rounds = 10, entities = 10_000 } = sizes
  const cache = await startedRedis(bench, 'cache')
  const queue = await startedRedis(bench, 'queue')
  const neo4j = await openNeo4j(bench)
  const world = neo4jWorld(neo4j)
  await writeGeneratedWorld(bench, world, { worldId, entities, eventsPerEntity })
  report.setting({ entities, eventsPerEntity, sliceMs, slicesInRound, rounds, auditEveryMs })

  const servers = { cache: cache.url, queue: queue.url, neo4j }
  const env = {
    ...environmentFor(servers),
    HEARTH_AUDIT_AGES_MS: '1000,10000',
    HEARTH_AUDIT_CRON: never,
    HEARTH_AUDIT_ALL_CRON: never,
  }
  const hearth = createHearth({ cache: cache.url, queue: queue.url, world, readCounts: false })
  await closing.opened('hearth', () => hearth.close())
  await startProcess(bench, 'scheduler', env)
  const place = { address: queue.url }
  const warm = async () => void (await watchJob(place, await hearth.warm(worldId)))
  const auditOnce = async (options?: { all: true; repair: false }) =>
    watchJob<AuditResult, unknown>(place, await hearth.audit(worldId, options))
  const slices = await createSlices({
    startWorker: () => startProcess(bench, 'worker', env),
    async startGame() {
      await warm()
      return startGame(bench, { ...servers, worldId, characters: Math.floor(entities * 0.6) })
    },
    audit: auditOnce,
    auditEveryMs,
  })

  let slice = 0
  const play = async (auditing: boolean) => {
    if (slice++ % slicesInHalf === 0) await slices.crash()
    return slices.play(auditing)
  }

  const p99 = await interleaved({
    rounds,
    slices: slicesInRound,
    contenders: { alone: () => play(false), auditing: () => play(true), again: () => play(false) },
    async onRound({ index, measured: { alone, auditing, again } }) {
      const [first, second, third] = [alone, again, auditing].map(ms => ms.toFixed(2))
      say(`round ${index}: p99 alone ${first} ms, again ${second} ms, auditing ${third} ms`)
      if (index === rounds) return // the audit of everything comes next
      await restart(index % 2 === 0 ? cache : queue)
      await pause(settleMs)
      await warm() // or the first slice afterwards would pay for the restart
    },
  })
  say('auditing all that is cached')
  const inconsistent = reportAudits(bench, {
    slices,
    samples: await slices.audits(),
    whole: await auditOnce({ all: true, repair: false }),
  })
  const alone = p99.alone.map((ms, round) => (ms + (p99.again[round] ?? ms)) / 2)
  report.measured({ what: 'p99 of reading a timeline, alone', unit: 'ms', rounds: alone })
  report.measured({ what: 'p99 of reading a timeline, auditing', unit: 'ms', rounds: p99.auditing })
  report.measured({ what: 'alone again/alone: chance', unit: '', rounds: ratios(p99.again, p99.alone) })
  report.target({ figure: 'inconsistent', rounds: [inconsistent], goal: '= 0' })
  report.target({ figure: 'p99-auditing/p99-alone', rounds: ratios(p99.auditing, alone), goal: '<= 1.1' })
}

/** Reports what the audits compared; answers how many findings there were. */
function reportAudits(
  { report }: Bench,
  found: {
    slices: Slices
    samples: readonly PromiseSettledResult<AuditResult>[]
    whole: AuditResult
  },
): number {
  const { slices, samples, whole } = found
  const results = [...samples.flatMap(end => (end.status === 'fulfilled' ? end.value : [])), whole]
  const sum = (of: (result: AuditResult) => number) =>
    results.reduce((total, result) => total + of(result), 0)
  report.setting({
    reads: slices.played.reads,
    writes: slices.played.writes,
    failed: slices.played.failed,
    audits: results.length,
    'audits lost': samples.length + 1 - results.length,
    checked: sum(({ checked }) => checked),
    'checked in the end': whole.checked,
    'differed at the first look': sum(({ suspects }) => suspects),
    'for a second': sum(({ inconsistent }) => inconsistent['1s'] ?? 0),
  })
  return sum(({ found }) => Object.values(found).reduce((a, b) => a + b, 0))
}

async function restart({ process: server }: StartedRedis): Promise<void> {
  if (!server) throw new Error('a Redis that can be killed is needed')
  await server.kill('SIGKILL')
  await server.restart()
}
