import { expect, onTestFinished, test } from 'vitest'
import { type Need, type Needs, watchNeeds } from '../../cli/needs.ts'
import { HearthError } from '../../errors.ts'

/** Needs whose answers the test decides, and what was logged of them. */
async function watched(...names: string[]) {
  const down = new Map<string, Error>()
  const logged: string[] = []
  const answered: string[] = []
  const log = {
    debug: () => {},
    info: (line: unknown) => logged.push(String(line)),
    warn: (...line: unknown[]) => logged.push(String(line.at(-1))),
  }
  const needs: Need[] = names.map(name => ({
    name,
    check: async () => {
      const error = down.get(name)
      if (error) throw error
    },
    looked: answers => void answered.push(`${name} ${answers}`),
  }))
  const watch: Needs = watchNeeds({ needs, log, everyMs: 60_000, retryMs: 5, limitMs: 500 })
  onTestFinished(() => watch.stop())
  await watch.problems() // the first look, which it takes by itself
  return { watch, down, logged, answered }
}

const refused = Object.assign(new Error('connect ECONNREFUSED'), { syscall: 'connect' })

test('each change of state is logged once, however often it is met', async () => {
  const { watch, down, logged } = await watched('Redis', 'Neo4j')
  expect(await watch.problems()).toEqual([])
  down.set('Redis', refused)
  for (let time = 0; time < 5; time++) {
    watch.suspect(refused)
    expect(await watch.problems()).toEqual(['Redis: connect ECONNREFUSED'])
  }
  expect(logged).toEqual(['Redis does not answer; waiting for it: connect ECONNREFUSED'])
  down.clear()
  expect(await watch.problems()).toEqual([])
  expect(await watch.problems()).toEqual([])
  expect(logged.slice(1)).toEqual(['Redis answers again'])
})

test('it waits until all is there', async () => {
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

test('waiting ends when it is told to', async () => {
  const { watch, down } = await watched('Redis')
  down.set('Redis', refused)
  const stop = new AbortController()
  const waiting = watch.met(stop.signal)
  stop.abort()
  await waiting
})

test('what waiting cannot mend is thrown', async () => {
  const { watch, down } = await watched('Neo4j')
  down.set('Neo4j', new HearthError('ColumnMismatch', 'flags: no column flags'))
  await expect(watch.met(new AbortController().signal)).rejects.toThrow('no column flags')
})

test('trouble that is no lost connection is logged each time', async () => {
  const { watch, logged } = await watched('Redis')
  watch.suspect(new Error('Missing lock for job 7'))
  expect(logged).toEqual(['Missing lock for job 7'])
})

test('what was seen at each look is told, for the metrics', async () => {
  const { watch, down, answered } = await watched('Neo4j')
  down.set('Neo4j', refused)
  await watch.problems()
  down.clear()
  await watch.problems()
  expect(answered).toEqual(['Neo4j true', 'Neo4j false', 'Neo4j true'])
})
