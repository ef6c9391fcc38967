import { setTimeout as pause } from 'node:timers/promises'
import type { StartedRedis } from '../cli/servers/redis.ts'
import { createHearth } from '../hearth/hearth.ts'
import { type AuditResult, watchJob } from '../index.ts'
import { generateWorld } from '../world/demo/demo.ts'
import { fillWorld } from '../world/import/fill.ts'
import { neo4jWorld } from '../world/neo4j/world.ts'
import { type Played, startGame } from './audit/game-beside.ts'
import type { Bench } from './bench.ts'
import { type Running, startProcess } from './processes.ts'
import { interleaved, ratios } from './rounds.ts'
import { openNeo4j, startedRedis } from './servers.ts'

const worldId = 'bench'
const eventsPerEntity = 5
/** A round is one of these alone, and one while samples are audited. */
const sliceMs = 30_000
const auditEveryMs = 2_000
/** After which connections and trust have come back to a Redis that was restarted. */
const settleMs = 5_000
const never = '0 0 1 1 *'

/**
 * A game reads and writes for ten minutes (10 rounds of a minute), both ways, while worlds are warmed and refreshed; a
 * worker is killed in every slice, and a Redis between the rounds, after which the world is warmed again. In every
 * other slice samples are audited, a hundred entities every two seconds; in the end all that is cached. Nothing may be
 * wrong for ten seconds.
 */
export async function audit(bench: Bench): Promise<void> {
  const { report, closing, say, sizes } = bench
  const { rounds = 10, entities = 10_000 } = sizes
  const cache = await startedRedis(bench, 'cache')
  const queue = await startedRedis(bench, 'queue')
  const neo4j = await openNeo4j(bench)
  say(`writing a world of ${entities} entities with ${eventsPerEntity} events each`)
  const world = neo4jWorld(neo4j)
  await world.schema()
  await fillWorld(world, worldId, generateWorld({ entities, eventsPerEntity, exactEventsPerEntity: true }))
  report.setting({ entities, eventsPerEntity, sliceMs, rounds, auditEveryMs })

  const env = {
    HEARTH_REDIS_URL: cache.url,
    HEARTH_QUEUE_REDIS_URL: queue.url,
    HEARTH_NEO4J_URI: neo4j.uri,
    HEARTH_NEO4J_USER: neo4j.user,
    HEARTH_NEO4J_PASSWORD: neo4j.password,
    HEARTH_AUDIT_AGES_MS: '1000,10000',
    HEARTH_AUDIT_CRON: never,
    HEARTH_AUDIT_ALL_CRON: never,
  }
  const hearth = createHearth({ cache: cache.url, queue: queue.url, world, readCounts: false })
  await closing.opened('hearth', () => hearth.close())
  await startProcess(bench, 'scheduler', env)
  let worker: Running = await startProcess(bench, 'worker', env)
  const place = { address: queue.url }
  await watchJob(place, await hearth.warm(worldId))
  const characters = Math.floor(entities * 0.6)
  const played = await startGame(bench, { cache: cache.url, queue: queue.url, neo4j, worldId, characters })

  const audits: Promise<AuditResult>[] = []
  const all: Played = { p99: 0, reads: 0, writes: 0, failed: 0 }
  async function slice(auditing: boolean): Promise<number> {
    await played()
    const until = performance.now() + sliceMs
    const crashAt = performance.now() + sliceMs / 3
    let crashed = false
    while (performance.now() < until) {
      if (!crashed && performance.now() >= crashAt) {
        crashed = true
        await worker.kill()
        worker = await startProcess(bench, 'worker', env)
      }
      if (auditing) {
        const watched = hearth.audit(worldId).then(job => watchJob<AuditResult, unknown>(place, job))
        watched.catch(() => {}) // looked at in the end
        audits.push(watched)
      }
      await pause(Math.min(auditEveryMs, Math.max(0, until - performance.now())))
    }
    const now = await played()
    for (const what of ['reads', 'writes', 'failed'] as const) all[what] += now[what]
    return now.p99
  }

  const p99 = await interleaved({
    rounds,
    contenders: { alone: () => slice(false), auditing: () => slice(true) },
    async onRound({ index, measured: { alone, auditing } }) {
      say(`round ${index}: p99 alone ${alone.toFixed(2)} ms, auditing ${auditing.toFixed(2)} ms`)
      if (index === rounds) return // what is cached by now is audited whole
      await restart(index % 2 === 0 ? cache : queue)
      await pause(settleMs)
      await watchJob(place, await hearth.warm(worldId)) // or the first slice after it would pay for the restart
    },
  })

  say('auditing all that is cached')
  const samples = (await Promise.allSettled(audits)).flatMap(end =>
    end.status === 'fulfilled' ? end.value : [],
  )
  const whole = await watchJob<AuditResult, unknown>(
    place,
    await hearth.audit(worldId, { all: true, repair: false }),
  )
  const results = [...samples, whole]
  const sum = (of: (result: AuditResult) => number) =>
    results.reduce((total, result) => total + of(result), 0)
  report.setting({
    ...{ reads: all.reads, writes: all.writes, failed: all.failed },
    ...{ audits: results.length, 'audits lost': audits.length - samples.length },
    checked: sum(({ checked }) => checked),
    'checked in the end': whole.checked,
    'differed at the first look': sum(({ suspects }) => suspects),
    'for a second': sum(({ inconsistent }) => inconsistent['1s'] ?? 0),
  })
  report.measured({ what: 'p99 of reading a timeline, alone', unit: 'ms', rounds: p99.alone })
  report.measured({ what: 'p99 of reading a timeline, auditing', unit: 'ms', rounds: p99.auditing })
  report.target({
    figure: 'inconsistent',
    rounds: [sum(({ found }) => Object.values(found).reduce((a, b) => a + b, 0))],
    goal: '= 0',
  })
  report.target({ figure: 'p99-auditing/p99-alone', rounds: ratios(p99.auditing, p99.alone), goal: '<= 1.1' })
}

async function restart({ process: server }: StartedRedis): Promise<void> {
  if (!server) throw new Error('a Redis that can be killed is needed')
  await server.kill('SIGKILL')
  await server.restart()
}
