import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chunk } from 'es-toolkit'
import type { NearState } from '../../cache/near/near-state.ts'
import { embeddedWorld } from '../../index.ts'
import { type OpenedHearth, openedHearth } from '../../tools/opened-hearth.ts'
import type { World } from '../../world/world.ts'
import { type Board, openBoard } from '../register/board.ts'
import { type Mutant, mutate } from '../register/mutants.ts'
import { createHammerSetup, type HammerSetup, ref } from './setup.ts'

export interface HammerReport {
  /** What the self-test found: `armed` or `off`. */
  state: NearState
  reason: string | undefined
  reads: number
  near: number
  /** Reads beside a cache that did not answer in time. */
  bypassed: number
  stale: number
  changes: number
  seconds: number
}

/** Reads in flight. */
const readers = 64

/** Reads entities near, beside a process that changes them; counts reads older than acknowledged. */
export async function hammer(redisUrl: string, reads: number, mutant?: Mutant): Promise<HammerReport> {
  const setup = await createHammerSetup(redisUrl)
  const source = openBoard({ file: setup.sourceFile, processes: 1, index: 0 })
  const acknowledged = openBoard({ file: setup.acknowledgedFile, processes: 1, index: 0 })
  let settle = (_: NearState) => {}
  const settled = new Promise<NearState>(resolve => {
    settle = resolve
  })
  const counts = { near: 0, bypassed: 0 }
  const hearth = openedHearth({
    cache: redisUrl,
    world: worldOf(setup, source),
    fleetCounts: false,
    processName: false,
    readCounts: false,
    near: {},
    outageCache: { lifeMs: 0 }, // while Redis is away it may be up to a second behind, as docs/outages.md says
    observer: {
      nearIs: state => settle(state),
      hit(_, count, level) {
        if (level === 'near') counts.near += count
      },
      bypassed(_, count) {
        counts.bypassed += count
      },
    },
  })
  const writer = startWriter(setup)
  try {
    const [state] = await Promise.all([settled, once(writer, 'message')])
    if (mutant) mutate(hearth, mutant)
    for (const page of chunk(setup.ids, 100)) await hearth.entities(setup.worldId, page.map(ref))
    const startedAt = performance.now()
    const done = await readMany(hearth, { ...setup, acknowledged, reads, counts })
    const seconds = (performance.now() - startedAt) / 1_000
    writer.send('stop')
    const [changes] = await once(writer, 'message')
    hearth.cache.flushCounts()
    return { state, reason: hearth.cache.near?.stats.reason, ...done, ...counts, changes, seconds }
  } finally {
    writer.kill('SIGKILL')
    await hearth.close()
    await setup.remove()
  }
}

/** Every entity has the value that its writer has put on the board. */
function worldOf({ ids }: HammerSetup, source: Board): World {
  const numbers = new Map(ids.map((id, i) => [id, i]))
  return {
    ...embeddedWorld(),
    entities: async (_, refs) =>
      refs.map(({ type, id }) => ({ type, id, name: id, n: source.least(numbers.get(id) as number) })),
  }
}

interface Reading extends HammerSetup {
  acknowledged: Board
  /** So many of the cache; reads beside it do not count. */
  reads: number
  counts: { bypassed: number }
}

/** On a busy machine a server may answer too late again and again. Milliseconds. */
const longestMs = 120_000

async function readMany(hearth: OpenedHearth, reading: Reading): Promise<{ reads: number; stale: number }> {
  const { worldId, ids, acknowledged, reads, counts } = reading
  const until = performance.now() + longestMs
  const done = { reads: 0, stale: 0 }
  async function readOn() {
    while (done.reads - counts.bypassed < reads && performance.now() < until) {
      const i = Math.floor(Math.random() * ids.length)
      const least = acknowledged.least(i)
      const entity = await hearth.entity(worldId, ref(ids[i] as string))
      done.reads += 1
      if (Number(entity?.['n'] ?? 0) < least) done.stale += 1
      await turn() // also with a mutant that waits for nothing
    }
  }
  await Promise.all(Array.from({ length: readers }, readOn))
  return done
}

function startWriter(setup: HammerSetup): ChildProcess {
  const file = fileURLToPath(new URL('writer.ts', import.meta.url))
  return fork(file, [JSON.stringify(setup)], { execArgv: ['--import', 'tsx'] })
}
