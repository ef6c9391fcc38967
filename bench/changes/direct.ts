import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type OpenedHearth, openedHearth } from '../../tools/opened-hearth.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import type { Bench } from '../bench.ts'
import { kinds } from '../kinds.ts'
import { interleaved, median, p99, ratios } from '../rounds.ts'
import { openRedis } from '../servers.ts'

const worldId = 'bench-direct'
const changesARound = 500
/** Before the first round, without a pause, so that V8 has compiled what a backend runs all day. */
const changesAtFirst = 5_000
/** The time of a commit in Neo4j: no backend sends changes in a tight loop. */
const pauseMs = 2
const value = JSON.stringify(
  Array.from({ length: 20 }, (_, i) => ({ event_id: `e${i}`, description: 'x'.repeat(200) })),
)

/** A Redis with a replica that follows it. */
async function openPair(bench: Bench): Promise<string> {
  const [primary, replica] = [await openRedis(bench, 'cache'), await openRedis(bench, 'cache')]
  const [from, to] = [new Redis(primary), new Redis(replica)]
  await from.config('SET', 'repl-diskless-sync-delay', '0')
  await to.replicaof('127.0.0.1', Number(new URL(primary).port))
  await from.set('replicated', '')
  if ((await from.wait(1, 20_000)) !== 1) throw new Error('the replica did not follow its primary')
  from.disconnect()
  to.disconnect()
  return primary
}

/**
 * The time from an acknowledged commit until no reader can see the old value, one change after another; and the same
 * where a replica must have the change.
 */
export async function measureDirect(bench: Bench, { cache, queue }: { cache: string; queue: string }) {
  const { report, closing, say, sizes } = bench
  const { rounds = 5 } = sizes
  say(`${changesARound} changes, one after another, against as many UNLINKs`)
  const open = async (options: { cache: string; cacheReplicas?: number }) => {
    const opened = openedHearth({ ...options, queue, queuePrefix: 'bench-direct', world: embeddedWorld() })
    await closing.opened('hearth', () => opened.close())
    await opened.cache.ping()
    return opened
  }
  const hearth = await open({ cache })
  const confirming = await open({ cache: await openPair(bench), cacheReplicas: 1 })
  const redis = new Redis(cache)
  await closing.opened('the plain Redis', async () => redis.disconnect())

  const ids = Array.from({ length: changesARound }, (_, i) => `c${i}`)
  const keyOf = (id: string) => hearth.cache.keys.entry(kinds.timeline, worldId, id).key
  const p99s: Record<string, number[]> = { changed: [], confirmed: [], unlink: [] }
  const latencies =
    (name: 'changed' | 'confirmed' | 'unlink', act: (id: string) => Promise<unknown>) => async () => {
      await redis.mset(ids.flatMap(id => [keyOf(id), value]))
      const took: number[] = []
      for (const id of ids) {
        await Promise.all([hearth.settled(), confirming.settled()])
        await sleep(pauseMs)
        const started = performance.now()
        await act(id)
        took.push(performance.now() - started)
      }
      p99s[name]?.push(p99(took))
      return median(took)
    }
  let deferred = 0
  const change = async (by: OpenedHearth, id: string) => {
    const outcome = await by.changed(worldId, [{ kind: 'event-added', entityIds: [id] }])
    if (outcome === 'deferred') deferred += 1
  }
  const acts = {
    changed: (id: string) => change(hearth, id),
    confirmed: (id: string) => change(confirming, id),
    unlink: (id: string) => redis.unlink(keyOf(id)),
  }
  for (const act of Object.values(acts)) {
    for (let i = 0; i < changesAtFirst; i++) await act(`c${i % changesARound}`)
  }
  const found = await interleaved({
    rounds,
    contenders: {
      changed: latencies('changed', acts.changed),
      confirmed: latencies('confirmed', acts.confirmed),
      unlink: latencies('unlink', acts.unlink),
    },
  })
  report.setting({
    'changes a round': changesARound,
    'changes at first': changesAtFirst,
    'pause ms': pauseMs,
    rounds,
    'not answered within 50 ms': deferred,
  })
  report.measured({ what: 'hearth.changed, p50', unit: 'ms', rounds: found.changed })
  report.measured({ what: 'hearth.changed, a replica has it, p50', unit: 'ms', rounds: found.confirmed })
  report.measured({ what: 'UNLINK, p50', unit: 'ms', rounds: found.unlink })
  report.measured({ what: 'hearth.changed, p99', unit: 'ms', rounds: p99s['changed']?.slice(1) ?? [] })
  report.measured({
    what: 'hearth.changed, a replica has it, p99',
    unit: 'ms',
    rounds: p99s['confirmed']?.slice(1) ?? [],
  })
  report.measured({ what: 'UNLINK, p99', unit: 'ms', rounds: p99s['unlink']?.slice(1) ?? [] })
  report.target({ figure: 'invalidate/unlink', rounds: ratios(found.changed, found.unlink), goal: '<= 1.5' })
}
