import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHearth, type Hearth } from '../../hearth/hearth.ts'
import { sweepPending } from '../../jobs/flush/sweep.ts'
import { HearthError } from '../../model/errors.ts'
import { watchJob } from '../../queues/watch.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { recordChanges } from '../../world/neo4j/outbox.ts'
import { neo4jWorld } from '../../world/neo4j/world.ts'
import type { World } from '../../world/world.ts'
import { neo4jAuth, redisUrl } from '../support/servers.ts'
import { fresh, openHearth, plantWorld } from '../support/setup.ts'

/** Every function of a hearth that a game calls, except close and those about this process. */
const methods = [
  ...['flags', 'snapshot', 'entity', 'entities', 'timeline', 'timelines', 'activated', 'deactivated', 'warm'],
  ...['refresh', 'audit', 'changed', 'invalidate', 'setFlags', 'saveSnapshot', 'appendEvents', 'version'],
  ...['consistent', 'notifyRelay', 'jobDeps'],
] as const
const worldMethods = [
  ...['flags', 'snapshot', 'entities', 'timelines', 'members', 'saveSnapshot', 'setFlags', 'putEntities'],
  ...['removeEntities', 'addEvents', 'readable'],
] as const

type AnyMethod = (...args: unknown[]) => unknown
const call = async (of: object, name: string, args: readonly unknown[]) =>
  (of as Record<string, AnyMethod>)[name]?.(...args)

/** The result of the call: `done`, or the error's code; an error without a code fails the test. */
async function outcomeOf(of: object, name: string, args: readonly unknown[]): Promise<string> {
  try {
    await call(of, name, args)
    return 'done'
  } catch (error) {
    if (!(error instanceof HearthError)) throw error
    return error.code
  }
}

const anything = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, maxDepth: 2 }),
  fc.constantFrom('c1', 'all', '\ud800', '', null, undefined, 7, Symbol('s'), () => 1),
  fc.record(
    { type: fc.constantFrom('dragon', 'character', 7), id: fc.constantFrom('c1', '', 7) },
    { requiredKeys: [] },
  ),
  fc.array(fc.constantFrom('c1', '', null, { type: 'dragon' }, { kind: 'timeline', id: 7 }), {
    maxLength: 3,
  }),
)

describe('every public function', () => {
  test('answers, or rejects with a HearthError, whatever its arguments are', async () => {
    const { hearth, world } = openHearth()
    const worldId = fresh()
    await plantWorld(world, worldId)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.oneof(fc.constant(worldId), anything),
        fc.array(anything, { maxLength: 3 }),
        async (name, first, rest) => {
          expect(await outcomeOf(hearth, name, [first, ...rest])).toMatch(
            /^(done|InvalidInput|WorldNotFound|VersionMoved)$/,
          )
        },
      ),
      { numRuns: 1_500 },
    )
    await hearth.settled()
  })

  test('of a world also answers, or rejects with a HearthError', async () => {
    const world = embeddedWorld()
    await plantWorld(world, 'w')
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...worldMethods),
        fc.oneof(fc.constant('w'), anything),
        fc.array(anything, { maxLength: 3 }),
        async (name, first, rest) => {
          expect(await outcomeOf(world, name, [first, ...rest])).toMatch(
            /^(done|InvalidInput|WorldNotFound)$/,
          )
        },
      ),
      { numRuns: 1_500 },
    )
  })

  const wrong: [keyof Hearth, unknown[], RegExp][] = [
    ['entity', [{ type: 'dragon' }], /^ref\.type must be one of character, location, object, got "dragon"/],
    ['entity', [null], /^ref must be \{type, id\}, got null/],
    ['entity', [{ type: 'object', id: 7 }], /^object id must be text, got number/],
    ['entities', [[{ type: 'object', id: 'o' }, 'x']], /^refs\.1 must be \{type, id\}, got "x"/],
    ['timelines', ['c1'], /^entityIds must be a list, got "c1"/],
    ['timelines', [['c1', '\ud800']], /^entityId must be well-formed Unicode/],
    ['timeline', ['c1', { limit: '5' }], /^limit must be a whole number/],
    ['timeline', ['c1', { signal: 'now' }], /^options\.signal must be an AbortSignal, got "now"/],
    ['timeline', ['c1', { maxStaleMs: -1 }], /^options\.maxStaleMs must be a number of at least 0, got -1/],
    ['flags', [null], /^options must be an object, got null/],
    ['invalidate', ['c1'], /must be 'all', a list of targets, or { kinds }/],
    ['invalidate', [[{ kind: 'timeline', id: '\ud800' }]], /0\.id: must be well-formed Unicode/],
    [
      'changed',
      [[{ kind: 'flags-changed' }], { recorded: 7 }],
      /^options\.recorded must be text, got number/,
    ],
    ['refresh', ['c1'], /entities/],
    ['warm', [{ force: 'yes' }], /force/],
    ['audit', [{ sample: -1 }], /sample/],
    ['consistent', ['read'], /^read must be a function, got "read"/],
    ['appendEvents', [{ timestamp: 'x' }], /events/],
  ]
  test.each(wrong)(
    '%s(worldId, …%j) names the field and what would be right',
    async (name, args, message) => {
      const { hearth } = openHearth()
      await expect(call(hearth, name, [fresh(), ...args])).rejects.toMatchObject({
        name: 'HearthError',
        code: 'InvalidInput',
        message: expect.stringMatching(message),
      })
    },
  )

  test('rejects with Closed from the first moment of close()', async () => {
    const world = embeddedWorld()
    const hearth = createHearth({ cache: redisUrl(), queuePrefix: fresh('q'), world })
    onTestFinished(() => hearth.close())
    await plantWorld(world, 'w')
    await hearth.flags('w')
    const closing = hearth.close()
    const args = ['w', { type: 'object', id: 'o' }, () => null]
    for (const name of methods) expect(await outcomeOf(hearth, name, args), name).toBe('Closed')
    await closing
    await hearth.close()
  })

  test('of a world in Neo4j rejects with Closed after close(), and so does its outbox', async () => {
    const world = neo4jWorld(neo4jAuth())
    await world.ready()
    await Promise.all([world.close(), world.close()])
    const closed = { name: 'HearthError', code: 'Closed' }
    await expect(world.flags('w')).rejects.toMatchObject(closed)
    await expect(world.setFlags('w', {})).rejects.toMatchObject(closed)
    await expect(world.members('w', { limit: 1 })).rejects.toMatchObject(closed)
    await expect(world.outbox.pending(1)).rejects.toMatchObject(closed)
    await expect(world.schema()).rejects.toMatchObject(closed)
    await expect(world.facts()).rejects.toMatchObject(closed)
    await expect(world.adopt('w')).rejects.toMatchObject(closed)
  })

  test('outside of these objects checks its arguments as well', async () => {
    const run = async () => {}
    const notATransaction = recordChanges({} as never, 'w', [{ kind: 'flags-changed' }])
    await expect(notATransaction).rejects.toMatchObject({ code: 'InvalidInput', message: /^tx must be/ })
    await expect(recordChanges({ run }, 'w', 'flags' as never)).rejects.toMatchObject({
      code: 'InvalidInput',
    })
    await expect(watchJob({ address: redisUrl() }, null as never)).rejects.toMatchObject({
      code: 'InvalidInput',
    })
    await expect(sweepPending(null as never)).rejects.toMatchObject({ code: 'InvalidInput' })
  })
})

/** Every world checks its arguments in the same way: see world/checked.ts. */
test.each<[keyof World, unknown[], RegExp]>([
  [
    'putEntities',
    [[{ type: 'dragon', id: 'd', name: null, props: {} }]],
    /^entities\.0\.type must be one of/,
  ],
  [
    'putEntities',
    [[{ type: 'object', id: '\ud800', name: null, props: {} }]],
    /^entities\.0\.id must be well-formed/,
  ],
  [
    'putEntities',
    [[{ type: 'object', id: 'o', name: 7, props: {} }]],
    /^entities\.0\.name must be text or null/,
  ],
  ['putEntities', [[{ type: 'object', id: 'o', name: 'o' }]], /^entities\.0\.props must be/],
  [
    'addEvents',
    [[{ event_id: 'e', timestamp: '2026-01-01', participants: 'c1' }]],
    /^events\.0\.participants must be a list/,
  ],
  [
    'addEvents',
    [[{ event_id: 'e', timestamp: '2026-01-01', location_id: '' }]],
    /^events\.0\.location_id must not be empty/,
  ],
  ['entities', [[{ type: 'dragon', id: 'd' }]], /^refs\.0\.type must be one of/],
  ['timelines', ['c1', 5], /^entityIds must be a list/],
  ['timelines', [['c1'], 0], /^limit must be a whole number/],
  ['removeEntities', [{ type: 'object', id: 'o' }], /^refs must be a list/],
])('%s of a world refuses %j', async (name, args, message) => {
  await expect(call(embeddedWorld(), name, ['w', ...args])).rejects.toMatchObject({
    code: 'InvalidInput',
    message: expect.stringMatching(message),
  })
})
