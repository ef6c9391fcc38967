import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { neo4jWorld } from '../../index.ts'
import type { ProcessReport, RegisterSetup } from './setup.ts'

export interface RegisterOptions {
  redisUrl: string
  /** The queues' Redis, if it is another. */
  queueUrl?: string
  neo4jAuth: RegisterSetup['neo4jAuth']
  seconds: number
  processes?: number
  readers?: number
  leaseCheck?: boolean
  /** How long the cache's Redis does not answer, beginning after one second. Milliseconds, default 0. */
  stallMs?: number
}

export interface RegisterReport extends Omit<ProcessReport, 'stale'> {
  staleReads: number
  /** Some of them. */
  stale: string[]
}

/**
 * The register test: 58 values that only grow, in 4 processes on one Redis and one Neo4j, with random reads, writes in
 * all three ways, warms and refreshes. After a change was acknowledged no read begun later may return an older value.
 */
export async function runRegister({
  redisUrl,
  queueUrl = redisUrl,
  neo4jAuth,
  seconds,
  processes = 4,
  readers = 2,
  leaseCheck = true,
  stallMs = 0,
}: RegisterOptions): Promise<RegisterReport> {
  const prefix = `register-${randomUUID().slice(0, 8)}`
  const entityIds = Array.from({ length: 40 }, (_, i) => `c${i}`)
  const flagWorlds = Array.from({ length: 10 }, (_, i) => `${prefix}-f${i}`)
  const timelineIds = Array.from({ length: 9 }, (_, i) => `t${i}`)
  await plant(neo4jAuth, prefix, [...entityIds, ...timelineIds], flagWorlds)

  const setup = {
    redisUrl,
    queueUrl,
    neo4jAuth,
    prefix,
    worldId: prefix,
    entityIds,
    flagWorlds,
    timelineIds,
    processes,
    readers,
    leaseCheck,
  }
  const children = Array.from({ length: processes }, (_, index) => start({ ...setup, index }))
  try {
    await Promise.all(children.map(message))
    for (const child of children) child.send('go')
    await Promise.all([sleep(seconds * 1_000), stall(redisUrl, stallMs)])
    const reports = children.map(message)
    for (const child of children) child.send('stop')
    return (await Promise.all(reports)).map(report => report as RegisterReport).reduce(add)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

async function plant(auth: RegisterSetup['neo4jAuth'], worldId: string, ids: string[], flagWorlds: string[]) {
  const world = neo4jWorld(auth)
  await world.schema()
  await world.saveSnapshot(worldId, {})
  await world.putEntities(
    worldId,
    ids.map(id => ({ type: 'character', id, name: id, props: { n: 0 } })),
  )
  for (const id of flagWorlds) await world.saveSnapshot(id, {})
  await world.close()
}

async function stall(redisUrl: string, ms: number): Promise<void> {
  if (ms === 0) return
  const redis = new Redis(redisUrl)
  await sleep(1_000)
  await redis.client('PAUSE', ms)
  redis.disconnect()
}

function start(setup: RegisterSetup): ChildProcess {
  const file = fileURLToPath(new URL('process.ts', import.meta.url))
  return fork(file, [JSON.stringify(setup)], { execArgv: ['--import', 'tsx'] })
}

const message = (child: ChildProcess) =>
  new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', code => reject(new Error(`a process of the register test ended with ${code}`)))
  })

function add(a: RegisterReport, b: RegisterReport): RegisterReport {
  return {
    reads: a.reads + b.reads,
    writes: a.writes + b.writes,
    warms: a.warms + b.warms,
    refreshes: a.refreshes + b.refreshes,
    deferred: a.deferred + b.deferred,
    bypassed: a.bypassed + b.bypassed,
    away: a.away + b.away,
    staleReads: a.staleReads + b.staleReads,
    stale: [...a.stale, ...b.stale],
    errors: [...a.errors, ...b.errors],
  }
}
