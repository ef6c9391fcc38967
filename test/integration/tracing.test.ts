import { context } from '@opentelemetry/api'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startPool } from '../../jobs/pool/pool.ts'
import { HearthError } from '../../model/errors.ts'
import { watchJob } from '../../queues/watch.ts'
import { tracer } from '../../telemetry/tracing.ts'
import { openedHearth } from '../../tools/opened-hearth.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import { ask, openPages } from '../support/http.ts'
import { kinds } from '../support/kinds.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh, openHearth, plantWorld, queueOf } from '../support/setup.ts'
import { inTrace, recordSpans } from '../support/spans.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const callerId = 'b7ad6b7169203331'
const traceparent = `00-${traceId}-${callerId}-01`

test('one trace continues from a request with a trace, through the queue, to the loads of its job', async () => {
  const spans = recordSpans()
  const { hearth, world, place, url, api } = await openPages({
    hearth: { tracing: true },
    deps: { tracing: true },
  })
  const worldId = fresh()
  await plantWorld(world, worldId, { entities: 3 })

  const { json: job } = await ask(`${api}/worlds/${worldId}/activation?why=secret`, {
    method: 'POST',
    headers: { traceparent },
  })
  const pool = await startPool({ ...place, deps: hearth.jobDeps({ chunkSize: 2 }) })
  await watchJob(place, job)
  const processed = await spans.named('process warm', 4) // the world, its two chunks, the world again
  await pool.close(1_000)

  const [request] = await spans.named('POST /api/v1/worlds/:worldId/activation')
  const [adding] = await spans.named('add warm.world')
  expect(request).toMatchObject({
    traceId,
    parent: callerId,
    kind: 'SERVER',
    status: 'UNSET',
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/api/v1/worlds/:worldId/activation',
      'url.path': `/api/v1/worlds/${worldId}/activation`,
      'url.scheme': 'http',
      'http.response.status_code': 202,
    },
  })
  expect(adding).toMatchObject({ traceId, parent: request?.id, kind: 'PRODUCER' })
  const ofWorld = processed.filter(span => span.attributes['bullmq.job.id'] === job.id)
  const ofChunks = processed.filter(span => !ofWorld.includes(span))
  const addings = await spans.named('addBulk warm')
  const handingOut = addings.find(span => span.attributes['bullmq.job.bulk.count'] === 2)
  expect(ofWorld).toMatchObject(Array(2).fill({ traceId, parent: adding?.id, kind: 'CONSUMER' }))
  expect(handingOut).toMatchObject({ traceId, parent: ofWorld[0]?.id })
  expect(ofChunks).toMatchObject(Array(2).fill({ traceId, parent: handingOut?.id, kind: 'CONSUMER' }))
  const loads = await spans.named('load timelines', 2)
  expect(loads.map(({ parent }) => parent).sort()).toEqual(ofChunks.map(({ id }) => id).sort())
  expect(loads.map(({ attributes }) => attributes['hearth.load.entities']).sort()).toEqual([1, 2])
  const purposes = {
    flags: 'urgent',
    snapshot: 'urgent',
    members: 'urgent',
    entities: 'job',
    timelines: 'job',
  }
  for (const [what, purpose] of Object.entries(purposes))
    expect((await spans.named(`load ${what}`))[0]).toMatchObject({
      traceId,
      attributes: { 'hearth.world.id': worldId, 'hearth.load.for': purpose },
    })
  expect(spans.all().filter(span => span.traceId !== traceId)).toEqual([]) // a worker's own work is in no trace

  await ask(`${url}/metrics`)
  const body = { entityIds: ['c0'] }
  await ask(`${api}/worlds/${worldId}/timelines/read`, { body, headers: { traceparent } })
  const [posted] = await spans.named('POST /api/v1/worlds/:worldId/timelines/read')
  expect(await spans.named('hearth.timelines')).toMatchObject([{ traceId, parent: posted?.id }])
  expect(spans.all().filter(({ name }) => name.includes('metrics'))).toEqual([])
  for (const secret of ['secret', 'calm', 'name of', '2026-01-01', 'c0-e1'])
    expect(spans.text()).not.toContain(secret)
})

test('the span of a read is hit, miss or bypassed, for a batch with counts; the load of a miss is inside of it', async () => {
  const spans = recordSpans()
  const { hearth, world } = openHearth({ tracing: true })
  const worldId = fresh()
  await plantWorld(world, worldId)
  const keys = { 'hearth.kind': 'timeline', 'hearth.world.id': worldId }

  await hearth.timeline(worldId, 'c0')
  await hearth.timeline(worldId, 'c0')
  await hearth.timelines(worldId, ['c0', 'c1', 'c2'])
  const [miss, hit] = await spans.named('hearth.timeline', 2)
  expect(miss?.attributes).toEqual({ ...keys, 'hearth.read.outcome': 'miss' })
  expect(hit?.attributes).toEqual({ ...keys, 'hearth.read.outcome': 'hit' })
  const [batch] = await spans.named('hearth.timelines')
  const counts = { 'hearth.read.hits': 1, 'hearth.read.misses': 2, 'hearth.read.bypassed': 0 }
  expect(batch?.attributes).toEqual({ ...keys, 'hearth.read.outcome': 'miss', ...counts })
  const entities = { 'hearth.load.entities': 2, 'hearth.load.for': 'read' }
  expect(await spans.named('load timelines', 2)).toMatchObject([
    { parent: miss?.id, traceId: miss?.traceId },
    { parent: batch?.id, traceId: batch?.traceId, kind: 'INTERNAL', attributes: entities },
  ])

  hearth.cache.quarantine.add([hearth.cache.keys.entry(kinds.flags, worldId, null)], () => {})
  await hearth.flags(worldId)
  expect((await spans.named('hearth.flags'))[0]?.attributes).toMatchObject({
    'hearth.read.outcome': 'bypassed',
  })

  world.failNextLoad(new HearthError('WorldUnavailable', 'what Neo4j said'))
  await expect(hearth.snapshot(worldId)).rejects.toThrow('what Neo4j said')
  const failure = { status: 'ERROR', attributes: { 'error.type': 'WorldUnavailable' } }
  expect(await spans.named('hearth.snapshot')).toMatchObject([failure])
  expect(await spans.named('load snapshot')).toMatchObject([failure])
  expect(spans.text()).not.toContain('what Neo4j said')
})

test("loads from Neo4j have the database's attributes", async () => {
  const spans = recordSpans()
  const auth = neo4jAuth()
  const hearth = openedHearth({
    cache: redisUrl(),
    queuePrefix: fresh('q'),
    world: neo4jWorld(auth),
    tracing: true,
  })
  expect(await hearth.flags(fresh())).toBeNull()
  const attributes = { 'db.system.name': 'neo4j', 'server.port': Number(new URL(auth.uri).port || 7687) }
  expect(await spans.named('load flags')).toMatchObject([{ kind: 'CLIENT', attributes }])
  await hearth.close()
})

test('loads that become one query, and jobs that are added together, stay in the traces of their callers', async () => {
  const spans = recordSpans()
  const { hearth, world } = openHearth({ tracing: true })
  const worldId = fresh()
  await plantWorld(world, worldId, { entities: 9 })
  const held = world.holdNextLoad()
  const parents = Array.from(
    { length: 9 },
    (_, i) => `00-${i + 1}af7651916cd43dd8448eb211c80319c-${callerId}-01`,
  )
  const ids = parents.map(parent => parent.slice(3, 35))
  const reads = parents.map((parent, i) => inTrace(parent, () => hearth.timeline(worldId, `c${i}`)))
  await held.started
  held.release()
  await Promise.all(reads)
  expect(world.loadsOf('timelines')).toBeLessThan(9)
  const loads = await spans.named('load timelines', 9)
  expect(loads.map(span => span.traceId).sort()).toEqual(ids)

  await Promise.all(
    parents.map((parent, i) =>
      inTrace(parent, () => hearth.changed(worldId, [{ kind: 'event-added', entityIds: [`c${i}`] }])),
    ),
  )
  await hearth.settled()
  const jobs = await queueOf(hearth, 'invalidate').getJobs(['waiting'])
  const carried = jobs.map(job => JSON.parse(job.opts.telemetry?.metadata ?? '{}').traceparent?.slice(3, 35))
  expect(carried.sort()).toEqual(ids)
})

test('the span of a failed job has no data of the job; workers are in no trace, whichever process started them', async () => {
  const spans = recordSpans()
  const { hearth, place } = openHearth({ tracing: true })
  const pool = await inTrace(traceparent, () => startPool({ ...place, deps: hearth.jobDeps() }))
  const payload = { worldId: 'w', eventIds: ['e1'], reason: 'a told secret' }
  await queueOf(hearth, 'flush').add('refused event e1', payload)
  expect(await spans.named('process flush')).toMatchObject([{ status: 'ERROR' }])
  await pool.close(1_000)
  expect(spans.text()).not.toContain('secret')
  expect(spans.all().filter(span => span.traceId === traceId)).toEqual([])
})

test('without tracing there is no span, and no work added to a read', async () => {
  const spans = recordSpans()
  const { hearth, world, place, api } = await openPages()
  const worldId = fresh()
  await plantWorld(world, worldId)
  onTestFinished(() => void vi.restoreAllMocks())
  const asked = [
    vi.spyOn(tracer, 'startActiveSpan'),
    vi.spyOn(tracer, 'startSpan'),
    vi.spyOn(context, 'active'),
  ]

  await inTrace(traceparent, () => hearth.timeline(worldId, 'c0'))
  const { json: job } = await ask(`${api}/worlds/${worldId}/activation`, {
    method: 'POST',
    headers: { traceparent },
  })
  const pool = await startPool({ ...place, deps: hearth.jobDeps() })
  await watchJob(place, job)
  await pool.close(1_000)

  const stored = await queueOf(hearth, 'warm').getJob(job.id)
  expect(stored?.opts).not.toHaveProperty('telemetry')
  for (const spy of asked) expect(spy).not.toHaveBeenCalled()
  expect(spans.all()).toEqual([])
})
