import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startRedis } from '../../cli/servers/redis.ts'
import { sweepPending } from '../../jobs/flush/sweep.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { namesOf } from '../../model/new-events.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import type { AppendChildArgs } from '../support/append-child.ts'
import { entityIds, eventOf, expectTruth, plantEntities } from '../support/append-world.ts'
import { forkSupport, nextMessage } from '../support/child.ts'
import { startProxy } from '../support/relay-proxy.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'

/** A world in Neo4j and a backend that appends to it and reads its events, once or until it is stopped. */
async function openWorld({ cache = redisUrl(), queue = redisUrl(), auth = neo4jAuth() } = {}) {
  const [worldId, prefix] = [fresh(), fresh('q')]
  const direct = neo4jWorld(neo4jAuth())
  onTestFinished(() => direct.close())
  await plantEntities(direct, worldId)
  const hearth = openedHearth({ cache, queue, queuePrefix: prefix, world: neo4jWorld(auth) })
  onTestFinished(() => hearth.close())
  const accepted: number[] = []
  let next = 0

  /** Appends some events, then reads: all appended events that are among the newest 50 must be there. */
  async function appendAndRead(count: number) {
    const indexes = Array.from({ length: count }, () => next++)
    await hearth.appendEvents(worldId, indexes.map(eventOf))
    accepted.push(...indexes)
    const events = accepted.map(eventOf)
    const read = await hearth.timelines(worldId, entityIds)
    for (const [id, timeline] of read) {
      const oldest = timeline.length < 50 ? '' : (timeline.at(-1)?.timestamp ?? '')
      const ids = new Set(timeline.map(({ event_id }) => event_id))
      const lacking = events.filter(
        event => namesOf(event).includes(id) && event.timestamp > oldest && !ids.has(event.event_id),
      )
      expect(lacking, `appended to ${id}, and not read`).toEqual([])
    }
  }

  return {
    worldId,
    prefix,
    hearth,
    world: direct,
    accepted,
    appendAndRead,
    async startWorkers() {
      const pool = await startPool({ address: queue, prefix, deps: hearth.jobDeps() })
      onTestFinished(() => pool.close(1_000))
    },
    fork: (holdAt: AppendChildArgs['holdAt']) => {
      const args = { cache, queue, prefix, neo4j: neo4jAuth(), worldId, holdAt } satisfies AppendChildArgs
      return forkSupport('append-child.ts', [JSON.stringify(args)])
    },
    /** Appends until it is stopped, which returns how many were accepted. Errors with `expected` codes are ignored. */
    underLoad(expected: readonly string[]) {
      let running = true
      const done = (async () => {
        while (running) {
          await appendAndRead(2).catch(error => {
            if (!expected.includes(error.code)) throw error
          })
          await sleep(15)
        }
      })()
      done.catch(() => {})
      return async () => {
        running = false
        await done
        return accepted.length
      }
    },
    async expectTruth(indexes: readonly number[] = accepted) {
      await expectTruth({ hearth, world: direct, worldId }, indexes)
    },
  }
}

async function killBackend() {
  const { hearth, worldId, fork, startWorkers, expectTruth } = await openWorld()
  await hearth.timelines(worldId, entityIds) // cached without the events
  const backend = fork('accepted')
  expect(await nextMessage(backend)).toBe('accepted')
  backend.kill('SIGKILL')
  expect(await hearth.pending.first(worldId, 1)).toMatchObject({ pending: 20 })
  await startWorkers()
  await sweepPending(hearth) // it could enqueue nothing, or did; as the scheduler does now and then
  await expectTruth(Array.from({ length: 20 }, (_, i) => 1_000 + i))
}

async function killWorker(step: 'before' | 'in' | 'after') {
  const { appendAndRead, underLoad, fork, startWorkers, expectTruth } = await openWorld()
  for (let i = 0; i < 5; i++) await appendAndRead(10)
  const worker = fork(step)
  expect(await nextMessage(worker)).toBe(step)
  worker.kill('SIGKILL')
  const stop = underLoad([])
  await startWorkers()
  await sleep(500)
  const count = await stop()
  await expectTruth()
  console.log(
    `worker killed ${step} its commit: ${count} events, each in Neo4j once and on all its timelines`,
  )
}

// In parallel, because each waits until the job of a dead worker is taken over.
test('a backend killed between its two steps, a worker before, in and after its commit: no event is lost or duplicated', {
  timeout: 120_000,
}, async () => {
  await Promise.all([killBackend(), ...(['before', 'in', 'after'] as const).map(killWorker)])
})

test('Neo4j away for some seconds under load: appends continue, and all of them arrive', async () => {
  const { uri, user, password } = neo4jAuth()
  const proxy = await startProxy(uri)
  const auth = { uri: proxy.url.replace('redis:', 'bolt:'), user, password }
  const { appendAndRead, underLoad, startWorkers, expectTruth } = await openWorld({ auth })
  await appendAndRead(1)
  await startWorkers()
  const stop = underLoad([])
  await sleep(500)
  proxy.cut()
  await sleep(3_000)
  proxy.mend()
  await sleep(1_000)
  const count = await stop()
  await expectTruth()
  console.log(`Neo4j away for 3 s: ${count} events accepted, each in Neo4j once`)
})

test("the queue's Redis killed and restarted, and the cache's flushed, under load: no event is lost", async () => {
  const say = (line: string) => console.log(`[servers] ${line}`)
  const [queue, cache] = await Promise.all([
    startRedis({ isolated: true, purpose: 'queue', say }),
    startRedis({ isolated: true, purpose: 'cache', say }),
  ])
  onTestFinished(() => Promise.all([queue.stop(), cache.stop()]).then(() => {}))
  if (!queue.process) return console.log('skipped: Redis is no child of ours here, so it cannot be killed')
  const { hearth, worldId, accepted, underLoad, startWorkers, expectTruth } = await openWorld({
    cache: cache.url,
    queue: queue.url,
  })
  const stop = underLoad(['QueueUnavailable'])
  await expect.poll(() => accepted.length).toBeGreaterThan(20)
  await queue.process.kill('SIGKILL')
  await hearth.cache.redis.flushall() // so that timelines are loaded while pending cannot be read
  await sleep(700)
  await queue.process.restart()
  const before = accepted.length
  await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(before + 20), { timeout: 15_000 })
  await hearth.cache.redis.flushall()
  await startWorkers()
  await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(before + 60), { timeout: 15_000 })
  await stop()
  // A call that failed may have been accepted all the same: only then may its events be there.
  await vi.waitFor(async () => expect(await hearth.pending.first(worldId, 1)).toMatchObject({ pending: 0 }), {
    timeout: 60_000,
  })
  const highest = Math.max(...accepted) + 10
  const known = new Set(accepted)
  const unsure = Array.from({ length: highest }, (_, i) => i).filter(i => !known.has(i))
  for (const index of unsure) await hearth.appendEvents(worldId, [eventOf(index)])
  await expectTruth([...accepted, ...unsure])
  console.log(`the queue's Redis killed: ${accepted.length} events accepted, ${unsure.length} said again`)
})
