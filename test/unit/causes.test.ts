import { expect, test } from 'vitest'
import { causesOf, type Findings } from '../../dashboard/console/causes.ts'
import { HearthError } from '../../model/errors.ts'
import type { QueueStats } from '../../queues/queue-stats.ts'
import { textOf } from '../support/pages.ts'

const allIsWell: Findings = {
  servers: { cache: null, queue: null, source: null },
  names: { cache: 'Redis at c', queue: 'Redis at q', source: 'Neo4j at n' },
  cacheState: 'trusted',
  isLed: true,
  queues: [],
  dead: { worlds: [], total: 0 },
  audit: undefined,
  starting: [],
  differing: [],
  lacking: [],
}
const causes = (found: Partial<Findings>) => causesOf({ ...allIsWell, ...found })
const keys = (found: Partial<Findings>) => causes(found).map(({ key }) => key)
/** A queue in which all is well, but for these. */
const queue = (name: string, differing: Partial<QueueStats> = {}): QueueStats => ({
  name,
  isPaused: false,
  waiting: 0,
  active: 0,
  delayed: 0,
  failed: 0,
  parents: 0,
  completed: 0,
  endedBadly: 0,
  oldestWaitingMs: null,
  workers: 1,
  ...differing,
})
const pausedWithout = [queue('warm', { isPaused: true, workers: 0 })]
const late = new Error('no answer within 1000 ms')
const { servers } = allIsWell

test('without problems there is no cause; an unknown state is none', () => {
  expect(causes({})).toEqual([])
  expect(
    causes({
      cacheState: undefined,
      isLed: undefined,
      queues: [queue('warm', { workers: null, waiting: 9, oldestWaitingMs: 9_000 })],
      dead: undefined,
    }),
  ).toEqual([])
})

test('each cause is reported once, and its consequences are not', () => {
  const queueAway = { servers: { ...servers, queue: late }, isLed: false, queues: pausedWithout }
  expect(keys(queueAway)).toEqual(['queue'])
  expect(keys({ servers: { ...servers, cache: late }, cacheState: 'away' })).toEqual(['cache'])
  const one = { names: { ...allIsWell.names, queue: 'Redis at c' } }
  expect(keys({ ...one, servers: { ...servers, cache: late, queue: late } })).toEqual(['cache'])
  expect(keys({ isLed: false, queues: pausedWithout, cacheState: 'catching-up' })).toEqual([
    ...['trust', 'scheduler', 'workers', 'paused'],
  ])
  expect(keys({ cacheState: 'away' }), 'it answers, and cannot be written to').toEqual(['trust'])
  const doubted = { names: ['h:1'], of: 3 }
  expect(keys({ servers: { ...servers, cache: late }, cacheState: 'away', doubted }), 'a shard').toEqual([
    'trust',
  ])
  const all = { names: ['h:1', 'h:2', 'h:3'], of: 3 }
  expect(keys({ servers: { ...servers, cache: late }, cacheState: 'away', doubted: all })).toEqual(['cache'])
  expect(causes({ starting: ['the relay has not started'] })[0]?.text).toContain('the relay has not started')
})

test('processes that differ are one cause each, with a remedy', () => {
  const [cause, ...others] = causes({ differing: ['worker h:1 differs in topK'] })
  expect(others).toEqual([])
  expect(cause).toMatchObject({
    text: 'Worker h:1 differs in topK.',
    help: expect.stringContaining('hearth.config.ts'),
  })
})

test('every cause has a remedy; a refusal has the message of the server', () => {
  const refused = Object.assign(new Error('OOM command not allowed'), { name: 'ReplyError' })
  const wrapped = new HearthError('QueueUnavailable', "the queues' Redis did not answer: OOM", {
    cause: refused,
  })
  const [queue] = causes({ servers: { ...servers, queue: wrapped } })
  expect(queue?.text).toMatch(/^Redis at q refuses: OOM command not allowed\./)
  const [silent] = causes({
    servers: {
      ...servers,
      queue: new HearthError('QueueUnavailable', `the queues' Redis did not answer: ${late.message}`),
    },
  })
  expect(silent?.text).toMatch(/^Redis at q does not answer: no answer within 1000 ms\./)
  const all = causes({
    isLed: false,
    queues: pausedWithout,
    cacheState: 'away',
    starting: ['x'],
    lacking: [{ what: 'The rounds', error: late }],
    servers: { ...servers, source: late },
  })
  expect(all.map(({ help }) => help.length > 20)).toEqual(all.map(() => true))
  expect(all.find(({ key }) => key === 'paused')?.text).toBe(
    'The queue warm is paused: jobs are accepted there, and none is done.',
  )
})

test('a queue without a worker is named, also where others have one', () => {
  const textFor = (...queues: QueueStats[]) => causes({ queues }).find(({ key }) => key === 'workers')?.text
  expect(textFor(queue('warm'), queue('flush', { workers: 0 }))).toBe(
    'No worker takes jobs of the queue flush, so they wait.',
  )
  expect(textFor(queue('warm', { workers: 0 }), queue('flush', { workers: 0 }))).toMatch(
    /^No worker is running/,
  )
})

test('workers that are connected and take no job for 3 s hang; busy, paused and just added jobs are no such sign', () => {
  const waits = { waiting: 1, oldestWaitingMs: 3_100 }
  const [cause, ...others] = causes({ queues: [queue('warm', waits), queue('flush')] })
  expect(others).toEqual([])
  expect(cause).toMatchObject({ key: 'untaken', text: expect.stringContaining('the queue warm') })
  expect(keys({ queues: [queue('warm', { ...waits, active: 1 })] })).toEqual([])
  expect(keys({ queues: [queue('warm', { ...waits, isPaused: true })] })).toEqual(['paused'])
  expect(keys({ queues: [queue('warm', { ...waits, oldestWaitingMs: 2_900 })] })).toEqual([])
})

test('failed jobs, refused events and what audits left wrong are one box each, with how many', () => {
  const found = causes({
    queues: [queue('warm', { failed: 2 }), queue('audit', { failed: 1 })],
    dead: { worlds: [{ worldId: 'xah', events: 3 }], total: 3 },
    audit: { found: 5, repaired: 4 },
  })
  expect(found.map(({ key }) => key)).toEqual(['failed', 'dead', 'audit'])
  expect(found.map(({ text }) => text)).toEqual([
    '3 jobs of the queues warm and audit failed at the last attempt.',
    expect.stringContaining('the world xah and of 2 other worlds'),
    expect.stringContaining('1 cached entry that differed from the source, and did not repair it'),
  ])
  expect(found[0]?.help).toContain('hearth retry warm --all')
  expect(keys({ audit: { found: 5, repaired: 5 } })).toEqual([])
})

test('the runbook has every place that a cause links to', () => {
  const all = [
    ...causes({
      isLed: false,
      queues: [queue('warm', { isPaused: true, failed: 1 }), queue('flush', { workers: 0 })],
    }),
    ...causes({ queues: [queue('warm', { waiting: 1, oldestWaitingMs: 9_000 })] }),
    ...causes({
      dead: { worlds: [{ worldId: 'w', events: 1 }], total: 1 },
      audit: { found: 1, repaired: 0 },
    }),
    ...causes({ servers: { ...servers, source: late }, cacheState: 'away' }),
    ...causes({ cacheState: 'away', doubted: { names: ['h:1'], of: 3 } }),
  ]
  const links = all
    .flatMap(cause => cause.links.map(({ href }) => href))
    .filter(href => href.startsWith('/runbook'))
  const anchors = [...textOf('docs/runbook.md').matchAll(/^### (\w+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase(),
  )
  expect(links.length).toBeGreaterThanOrEqual(all.length)
  for (const href of links) expect(anchors).toContain(href.replace('/runbook#', ''))
})
