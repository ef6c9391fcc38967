import { expect, test } from 'vitest'
import { causesOf, type Findings } from '../../dashboard/console/causes.ts'
import { HearthError } from '../../model/errors.ts'

const allIsWell: Findings = {
  servers: { cache: null, queue: null, source: null },
  names: { cache: 'Redis at c', queue: 'Redis at q', source: 'Neo4j at n' },
  cacheState: 'trusted',
  isLed: true,
  workers: 1,
  paused: [],
  starting: [],
  differing: [],
  lacking: [],
}
const causes = (found: Partial<Findings>) => causesOf({ ...allIsWell, ...found })
const keys = (found: Partial<Findings>) => causes(found).map(({ key }) => key)
const late = new Error('no answer within 1000 ms')
const { servers } = allIsWell

test('without problems there is no cause; an unknown state is none', () => {
  expect(causes({})).toEqual([])
  expect(causes({ cacheState: undefined, isLed: undefined, workers: null })).toEqual([])
})

test('each cause is reported once, and its consequences are not', () => {
  const queueAway = { servers: { ...servers, queue: late }, isLed: false, workers: 0, paused: ['warm'] }
  expect(keys(queueAway)).toEqual(['queue'])
  expect(keys({ servers: { ...servers, cache: late }, cacheState: 'away' })).toEqual(['cache'])
  const one = { names: { ...allIsWell.names, queue: 'Redis at c' } }
  expect(keys({ ...one, servers: { ...servers, cache: late, queue: late } })).toEqual(['cache'])
  expect(keys({ isLed: false, workers: 0, paused: ['warm', 'flush'], cacheState: 'catching-up' })).toEqual([
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
    workers: 0,
    paused: ['warm'],
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
