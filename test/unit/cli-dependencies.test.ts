import { expect, onTestFinished, test } from 'vitest'
import { type Dependencies, type Dependency, watchDependencies } from '../../cli/dependencies.ts'
import { warnOnce } from '../../cli/quiet.ts'
import { HearthError } from '../../model/errors.ts'
import { within } from '../../resilience/within.ts'

/** Dependencies whose answers the test controls, and their log lines. */
async function watched(...names: string[]) {
  const down = new Map<string, Error>()
  const logged: string[] = []
  const answered: string[] = []
  const log = {
    debug: () => {},
    info: (line: unknown) => logged.push(String(line)),
    warn: (...line: unknown[]) => logged.push(String(line.at(-1))),
  }
  const dependencies: Dependency[] = names.map(name => ({
    name,
    check: async () => {
      const error = down.get(name)
      if (error) throw error
    },
    looked: answers => void answered.push(`${name} ${answers}`),
  }))
  const watch: Dependencies = watchDependencies({ log, everyMs: 60_000, retryMs: 5, limitMs: 500 })
  watch.watch(dependencies)
  onTestFinished(() => watch.stop())
  await watch.problems() // the first check, which it makes by itself
  return { watch, down, logged, answered }
}

const nothingListens = 'connect ECONNREFUSED (nothing listens there: is it started, and is that its port?)'
const refused = Object.assign(new Error('connect ECONNREFUSED'), { syscall: 'connect' })

test('each change of state is logged once, however often it is observed', async () => {
  const { watch, down, logged } = await watched('Redis', 'Neo4j')
  expect(await watch.problems()).toEqual([])
  down.set('Redis', refused)
  for (let time = 0; time < 5; time++) {
    watch.suspect(refused)
    expect(await watch.problems()).toEqual([`Redis: ${nothingListens}`])
  }
  expect(logged).toEqual([`Redis does not answer; waiting for it: ${nothingListens}`])
  down.clear()
  expect(await watch.problems()).toEqual([])
  expect(await watch.problems()).toEqual([])
  expect(logged.slice(1)).toEqual(['Redis answers again'])
})

test('it waits until all servers answer', async () => {
  const { watch, down } = await watched('Redis', 'Neo4j')
  down.set('Neo4j', new HearthError('WorldUnavailable', 'not up yet'))
  let met = false
  const waiting = watch.met(new AbortController().signal).then(() => {
    met = true
  })
  for (let time = 0; time < 3; time++) await watch.problems()
  expect(met).toBe(false)
  down.clear()
  await waiting
})

test('waiting ends when it is aborted', async () => {
  const { watch, down } = await watched('Redis')
  down.set('Redis', refused)
  const stop = new AbortController()
  const waiting = watch.met(stop.signal)
  stop.abort()
  await waiting
})

test('an error that waiting cannot solve is thrown', async () => {
  const { watch, down } = await watched('Neo4j')
  down.set('Neo4j', new HearthError('ColumnMismatch', 'flags: no column flags'))
  await expect(watch.met(new AbortController().signal)).rejects.toThrow('no column flags')
})

test('an error that is not a lost connection is logged each time', async () => {
  const { watch, logged } = await watched('Redis')
  watch.suspect(new Error('Missing lock for job 7'))
  expect(logged).toEqual(['Missing lock for job 7'])
})

test('each check is reported for the metrics', async () => {
  const { watch, down, answered } = await watched('Neo4j')
  down.set('Neo4j', refused)
  await watch.problems()
  down.clear()
  await watch.problems()
  expect(answered).toEqual(['Neo4j true', 'Neo4j false', 'Neo4j true'])
})

test('an answer that takes too long is logged when it happens twice', async () => {
  const { watch, down, logged } = await watched('Redis')
  down.set('Redis', new Error('no answer within 1500 ms'))
  await watch.problems()
  expect(logged).toEqual([])
  down.clear()
  await watch.problems()
  expect(logged, 'nor that it answers again').toEqual([])
  down.set('Redis', new Error('no answer within 1500 ms'))
  for (let time = 0; time < 3; time++) await watch.problems()
  expect(logged).toEqual(['Redis does not answer; waiting for it: no answer within 1500 ms'])
})

test("a refusal is logged once, with the server's message, however many connections get it; so is the next one", async () => {
  const { watch, down, logged } = await watched('Redis')
  for (const words of [
    'WRONGPASS invalid username-password pair',
    'NOPERM no permissions to run the info command',
  ]) {
    down.set('Redis', new Error(words))
    for (let time = 0; time < 20; time++) watch.suspect(new Error(words))
    await watch.problems()
    await watch.problems()
  }
  expect(logged).toEqual([
    expect.stringMatching(
      /^Redis refuses this process; waiting until it does not: WRONGPASS .*in the URL is not right/,
    ),
    expect.stringMatching(/^Redis refuses this process; waiting until it does not: NOPERM .*security\.md/),
  ])
})

test('an error of several addresses has the message of each', async () => {
  const { watch, down } = await watched('Redis')
  const each = ['::1:1', '127.0.0.1:1'].map(at => new Error(`connect ECONNREFUSED ${at}`))
  down.set('Redis', new AggregateError(each))
  expect(await watch.problems()).toEqual([
    expect.stringContaining('connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1'),
  ])
})

test('libraries that warn for each connection are logged once', () => {
  const said: string[] = []
  const warn = warnOnce(text => void said.push(text))
  for (let time = 0; time < 11; time++) {
    warn('[WARN] Redis server does not require a password, but a password was supplied.')
    warn('IMPORTANT! Eviction policy is %s. It should be "noeviction"', 'allkeys-lru')
  }
  expect(said).toEqual(['IMPORTANT! Eviction policy is allkeys-lru. It should be "noeviction"'])
})

test('time in which this process was suspended is not counted against a server', async () => {
  const answer = new Promise(resolve => setTimeout(resolve, 600, 'here'))
  const asked = within(200, answer, () => new Error('late'))
  for (const until = performance.now() + 500; performance.now() < until; );
  expect(await asked).toBe('here')
  const slow = within(20, new Promise(() => {}), () => new Error('late'))
  await expect(slow).rejects.toThrow('late')
})
