import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Say } from '../../cli/servers/started.ts'
import { neo4jWorld } from '../../index.ts'
import type { Fault } from './faults.ts'
import type { Ask, Broken, ChaosSetup, Seen } from './messages.ts'
import type { Servers } from './servers.ts'

/** The result of one fault. */
export interface Row {
  fault: string
  reads: number
  failed: Record<string, number>
  slowestMs: number
  slowestLoadMs: number
  /** From the end of the fault until every game trusted its cache again. */
  recoveryMs: number
  stale: number
  behind: number
  examples: string[]
  writes: number
  deferred: number
  writesFailed: number
  /** Registers that, in the end, were read with another value than Neo4j has. */
  lost: string[]
  heapBeforeMb: number
  heapAfterMb: number
}

export interface ChaosOptions {
  servers: Servers
  faults: readonly Fault[]
  /** How long each fault lasts. */
  seconds: number
  say: Say
  broken?: Broken
}

const games = 2
const worldId = 'chaos'
const entityIds = Array.from({ length: 30 }, (_, i) => `c${i}`)

/** Two games read and write registers, and workers and a relay work, while each fault is injected in turn. */
export async function runChaos({
  servers,
  faults,
  seconds,
  say,
  broken = 'nothing',
}: ChaosOptions): Promise<Row[]> {
  const { queue, judge, neo4j, way } = servers
  await plant(neo4j)
  const setup: Omit<ChaosSetup, 'index' | 'role'> = {
    cacheUrl: way.url,
    queueUrl: queue.url,
    judgeUrl: judge.url,
    prefix: 'chaos',
    worldId,
    entityIds,
    broken,
    neo4j: { uri: neo4j.uri, user: neo4j.user, password: neo4j.password },
  }
  const all = [
    start({ ...setup, index: -1, role: 'hearth' }),
    ...Array.from({ length: games }, (_, index) => start({ ...setup, index, role: 'game' })),
  ]
  const [, ...playing] = all
  const askAll = <T>(ask: Ask['ask']) => Promise.all(playing.map(child => answer<T>(child, ask)))
  try {
    await Promise.all(all.map(message))
    const rows: Row[] = []
    for (const fault of faults) {
      for (const child of playing) child.send({ ask: 'begin' })
      await sleep(1_000)
      const before = await askAll<Seen>('seen')
      say(`${fault.name}: for ${seconds} s`)
      await fault.inject(servers)
      await sleep(seconds * 1_000)
      await fault.mend(servers)
      const recoveryMs = await untilTrusted(askAll)
      await sleep(1_000)
      const seen = (await askAll<Seen>('seen')).reduce(add)
      await askAll<string>('rest') // all of them, or one would compare what another still writes
      await sleep(1_500) // the relay and the workers finish what is left
      const lost = (await askAll<string[]>('compare')).flat()
      rows.push({
        ...seen,
        fault: fault.name,
        recoveryMs,
        lost,
        heapBeforeMb: before.reduce((sum, { heapMb }) => sum + heapMb, 0),
        heapAfterMb: seen.heapMb,
      })
    }
    return rows
  } finally {
    for (const child of all) child.kill('SIGKILL')
  }
}

async function untilTrusted(askAll: <T>(ask: Ask['ask']) => Promise<T[]>): Promise<number> {
  const from = performance.now()
  while ((await askAll<string>('state')).some(state => state !== 'trusted')) {
    if (performance.now() - from > 60_000) return Number.POSITIVE_INFINITY
    await sleep(20)
  }
  return performance.now() - from
}

async function plant(auth: Servers['neo4j']): Promise<void> {
  const world = neo4jWorld(auth)
  await world.schema()
  await world.saveSnapshot(worldId, {})
  await world.putEntities(
    worldId,
    entityIds.map(id => ({ type: 'character', id, name: id, props: { n: 0 } })),
  )
  await world.close()
}

function start(setup: ChaosSetup): ChildProcess {
  const file = fileURLToPath(new URL('process.ts', import.meta.url))
  return fork(file, [JSON.stringify(setup)], { execArgv: ['--expose-gc', '--import', 'tsx'] })
}

const message = (child: ChildProcess) =>
  new Promise<unknown>((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a process of the chaos test ended with ${code}`))
    child.once('exit', ended)
    child.once('message', told => {
      child.off('exit', ended)
      resolve(told)
    })
  })

function answer<T>(child: ChildProcess, ask: Ask['ask']): Promise<T> {
  const answered = message(child)
  child.send({ ask })
  return answered as Promise<T>
}

function add(a: Seen, b: Seen): Seen {
  const failed = { ...a.failed }
  for (const [code, count] of Object.entries(b.failed)) failed[code] = (failed[code] ?? 0) + count
  return {
    reads: a.reads + b.reads,
    failed,
    slowestMs: Math.max(a.slowestMs, b.slowestMs),
    slowestLoadMs: Math.max(a.slowestLoadMs, b.slowestLoadMs),
    stale: a.stale + b.stale,
    examples: [...a.examples, ...b.examples],
    behind: a.behind + b.behind,
    writes: a.writes + b.writes,
    deferred: a.deferred + b.deferred,
    writesFailed: a.writesFailed + b.writesFailed,
    heapMb: a.heapMb + b.heapMb,
    state: a.state,
  }
}
