import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type StartedRedis, startRedis } from '../../cli/servers/redis.ts'
import type { Say } from '../../cli/servers/started.ts'
import { type FaultPlace, type NearFault, nearFaults } from './faults.ts'
import type { Fleet } from './fleet.ts'
import type { Mutant } from './mutants.ts'
import { percent } from './percent.ts'
import type { RelaySetup } from './relay.ts'
import { freshPrefix, type RegisterReport, runFleet } from './run.ts'
import { type Counts, countNames } from './setup.ts'

export interface NearRegisterOptions {
  queueUrl: string
  neo4jAuth: RelaySetup['neo4jAuth']
  processes: number
  /** Reads from the memory that each process makes after a fault, before the next one comes. */
  readsAfterFault: number
  /** Faults are repeated in turn until this many reads were made; each comes at least once. Default 0. */
  reads?: number
  faults?: readonly NearFault[]
  /** Ends as soon as a stale read was seen. */
  mutant?: Mutant | undefined
  say?: Say
}

/** What happened from one fault to the next. */
export interface FaultRow extends Counts {
  fault: string
  /** Until all processes trusted Redis and were tracked again. Milliseconds. */
  recoveryMs: number
}

export interface NearRegisterReport extends RegisterReport {
  rows: FaultRow[]
}

/**
 * The register test with the near cache: more registers than a small tracking table holds, a small bound in every second
 * process, and faults. Undefined where no Redis can be started that can be killed.
 */
export async function runNearRegister(options: NearRegisterOptions): Promise<NearRegisterReport | undefined> {
  const { queueUrl, neo4jAuth, processes, mutant, say = () => {} } = options
  const redis = await startRedis({ isolated: true, purpose: 'cache' })
  const place = { redisUrl: redis.url, queueUrl, neo4jAuth, prefix: freshPrefix() }
  if (!redis.process) {
    await redis.stop()
    return undefined
  }
  const relay = startRelay(place)
  try {
    const rows: FaultRow[] = []
    const run = { ...place, processes, entities: 120, others: 16, near: true, mutant }
    const report = await runFleet(run, async fleet => {
      await relay.ready
      if (mutant) return untilNoticed(fleet)
      await faultsInTurn(fleet, { ...options, redis, onRow: row => rows.push(row) && say(lineOf(row)) })
    })
    return { ...report, rows }
  } finally {
    relay.kill()
    await redis.stop()
  }
}

function startRelay(setup: RelaySetup) {
  const file = fileURLToPath(new URL('relay.ts', import.meta.url))
  const child = fork(file, [JSON.stringify(setup)], { execArgv: ['--import', 'tsx'] })
  return { ready: once(child, 'message'), kill: () => child.kill('SIGKILL') }
}

const untilNoticed = (fleet: Fleet) =>
  fleet.until(statuses => statuses.some(({ counts }) => counts.staleReads > 0), 'a stale read is seen')

interface Turn extends Pick<NearRegisterOptions, 'faults' | 'readsAfterFault' | 'reads'> {
  redis: StartedRedis
  onRow(row: FaultRow): void
}

async function faultsInTurn(fleet: Fleet, { faults = nearFaults, reads = 0, ...turn }: Turn): Promise<void> {
  const place: FaultPlace = {
    redisUrl: turn.redis.url,
    redis: turn.redis.process as FaultPlace['redis'],
    pids: fleet.pids,
  }
  await untilNear(fleet, turn.readsAfterFault)
  do {
    for (const fault of faults) {
      const before = fleet.counts()
      await inflict(fault, place)
      const mendedAt = performance.now()
      await untilNear(fleet, 0)
      const recoveryMs = performance.now() - mendedAt
      await untilNear(fleet, turn.readsAfterFault)
      turn.onRow({ fault: fault.name, recoveryMs, ...since(before, fleet.counts()) })
    }
  } while (fleet.counts().reads < reads)
}

async function inflict({ lastsMs, everyMs, inject, mend }: NearFault, place: FaultPlace): Promise<void> {
  const until = performance.now() + lastsMs
  await inject(place)
  while (performance.now() < until) {
    await sleep(Math.min(everyMs ?? lastsMs, until - performance.now()))
    if (everyMs) await inject(place)
  }
  await mend?.(place)
}

/** Resolves when every process trusts Redis, is tracked, and has read so much more from its memory. */
function untilNear(fleet: Fleet, more: number): Promise<void> {
  const before = fleet.statuses().map(({ counts }) => counts.near)
  return fleet.until(
    statuses =>
      statuses.every(
        ({ trusted, near, counts }, i) =>
          trusted && near === 'armed' && counts.near >= (before[i] ?? 0) + more,
      ),
    `every process reads ${more} values more from its memory`,
  )
}

const since = (before: Counts, after: Counts): Counts =>
  Object.fromEntries(countNames.map(name => [name, after[name] - before[name]])) as Counts

const lineOf = ({ fault, reads, near, staleReads, recoveryMs }: FaultRow) =>
  `${fault}: ${reads} reads, ${percent(near, reads)} near, ${staleReads} stale; recovered in ${Math.round(recoveryMs)} ms`
