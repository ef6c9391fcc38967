import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changesSchema } from '../../model/changes.ts'
import { plainChanges } from '../../model/plain-changes.ts'

const id = fc.oneof(
  fc.constantFrom<unknown>(
    'c1',
    'l1',
    '',
    'a:b',
    '\ud800',
    'x'.repeat(256),
    'ü'.repeat(129),
    7,
    null,
    undefined,
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const kind = fc.constantFrom<unknown>(
  'event-added',
  'flags-changed',
  'snapshot-changed',
  'entity-created',
  'entity-updated',
  'entity-deleted',
  'stale',
  'unknown',
  null,
)
const type = fc.constantFrom<unknown>('character', 'location', 'object', 'timeline', 1)
const change = fc.oneof(
  fc.record(
    { kind, entityIds: fc.oneof(fc.array(id, { maxLength: 3 }), id), type, id, of: id, more: id },
    { requiredKeys: [] },
  ),
  fc.record({ kind: fc.constant('event-added'), entityIds: fc.array(id, { maxLength: 3 }) }),
  fc.record({ kind: fc.constantFrom('entity-created', 'entity-deleted'), type, id }),
  fc.record({ kind: fc.constantFrom('flags-changed', 'snapshot-changed') }),
  fc.constantFrom<unknown>(null, undefined, 'flags-changed', [], ['flags-changed']),
)

test('what passes as plain is what the schema makes of it', () => {
  let plain = 0
  fc.assert(
    fc.property(fc.oneof(fc.array(change, { maxLength: 3 }), change), given => {
      const changes = plainChanges(given)
      if (changes === undefined) return
      plain += 1
      expect(changesSchema.parse(given)).toEqual(changes)
    }),
    { numRuns: 3_000 },
  )
  expect(plain).toBeGreaterThan(50)
})

test('a caller may go on using its list of ids', () => {
  const entityIds = ['c1']
  const changes = plainChanges([{ kind: 'event-added', entityIds }])
  entityIds.push('c2')
  expect(changes).toEqual([{ kind: 'event-added', entityIds: ['c1'] }])
})

test('many changes, or many ids, are left to the schema', () => {
  const many = Array.from({ length: 10_001 }, (_, i) => `c${i}`)
  expect(plainChanges([{ kind: 'event-added', entityIds: many }])).toBeUndefined()
  expect(plainChanges(many.map(() => ({ kind: 'flags-changed' })))).toBeUndefined()
})
