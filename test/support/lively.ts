import { expect, onTestFinished } from 'vitest'
import { createAuditLog } from '../../jobs/audit/log.ts'
import type { Finding } from '../../jobs/audit/payload.ts'
import { startPool } from '../../jobs/pool/pool.ts'
import { failJobs, setAside } from './failed-jobs.ts'
import type { openPages } from './http.ts'
import { fresh, plantWorld } from './setup.ts'

type Pages = Awaited<ReturnType<typeof openPages>>

/** A played world: warm, read, with failures; cold worlds; and one with a long name. */
export async function lively(
  pages: Pages,
  [worldId, cold] = [
    fresh('xah-atho'),
    fresh('the-world-with-an-unreasonably-long-name-that-has-to-be-broken-somewhere'),
  ],
): Promise<string> {
  const ids = await plantWorld(pages.world, worldId, { entities: 40, events: 12 })
  await plantWorld(pages.world, cold)
  await failJobs(pages, ['there is no world "a"', 'out of luck', 'there is no world "b"'])
  await setAside(pages.hearth, cold, 'not for this source')
  const job = await pages.hearth.warm(worldId)
  const pool = await startPool({ ...pages.place, deps: pages.hearth.jobDeps() })
  onTestFinished(() => pool.close(1_000))
  await expect.poll(() => pages.hearth.producer.queues[0]?.getJobState(job.id)).toBe('completed')
  const { redis, keys } = pages.hearth.cache
  for (const [i, id] of ids.slice(0, 8).entries())
    await redis.zincrby(keys.popularity(worldId), 90 - 11 * i, id)
  for (let i = 0; i < 200; i++) await pages.hearth.timeline(worldId, ids[i % ids.length] ?? '')
  const minute = Math.floor(Date.now() / 60_000)
  for (let i = 1; i < 55; i++) {
    const key = `${pages.store.prefix}:reads:${minute - i}`
    const hits = Math.round(4_000 + 2_500 * Math.sin(i / 6))
    const misses = Math.round(200 + 150 * Math.cos(i / 4))
    await pages.store.redis.hset(key, 'hit:kind:timeline', hits, 'miss:kind:timeline', misses)
    await pages.store.redis.hset(key, 'near', Math.round(hits * 0.9))
    await pages.store.redis.zadd(`${key}:worlds`, hits + misses, worldId)
    await pages.store.redis.zadd(`${key}:misses`, misses, worldId)
    for (const of of ['', ':worlds', ':misses']) await pages.store.redis.expire(key + of, 600)
  }
  await pages.hearth.flags(cold)
  await noteFindings(pages, worldId)
  await fetch(`${pages.api}/worlds/${worldId}/invalidate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"targets":[{"kind":"timeline","id":"c3"}]}',
  })
  return worldId
}

/** Findings as audits record them. */
async function noteFindings(pages: Pages, worldId: string): Promise<void> {
  const log = createAuditLog(pages.store)
  await log.add({ checked: 1_234_567, found: 2, repaired: 1, 'age:10s': 9, 'age:1m': 4, 'age:5m': 0 })
  const common = {
    worldId,
    sinceMs: Date.now() - 400_000,
    atMs: Date.now() - 60_000,
    version: 1_795_599_089_846_785,
  }
  const event = '{"event_id":"c9-e12","event_type":"travel","title":"arrives at the salt road","des…'
  const findings: Finding[] = [
    {
      ...common,
      target: { kind: 'timeline', id: 'c9' },
      fault: 'different',
      leftMs: 312_000,
      subject: 'timeline c9',
      detail: 'it differs from the source in 2 places',
      differences: [
        { field: 'c9-e12', cached: null, truth: event },
        { field: 'c9-e1', cached: '(withheld)', truth: null },
      ],
      repaired: true,
    },
    {
      ...common,
      target: { kind: 'entity', type: 'character', id: 'c4' },
      fault: 'life',
      leftMs: null,
      subject: 'character c4',
      detail: 'it never expires',
      differences: [],
      repaired: false,
    },
  ]
  await log.record(findings)
}
