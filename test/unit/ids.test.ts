import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createKeys } from '../../cache/keys.ts'
import { targetOfKey } from '../../cache/world-walk.ts'
import * as http from '../../dashboard/api/schemas.ts'
import { auditPayload, recheckPayload } from '../../jobs/audit/payload.ts'
import { flushPayload } from '../../jobs/flush/payload.ts'
import { invalidatePayload } from '../../jobs/invalidate/payload.ts'
import { refreshPayload } from '../../jobs/refresh/payload.ts'
import { warmChunkPayload, warmWorldPayload } from '../../jobs/warm/payload.ts'
import { changesSchema } from '../../model/changes.ts'
import { HearthError } from '../../model/errors.ts'
import { decodeId, encodeId, id, isId } from '../../model/ids.ts'
import { createKinds } from '../../model/kinds.ts'
import { newEventsSchema } from '../../model/new-events.ts'
import { sortOut } from '../../queues/recorded.ts'
import { entityLine, eventLine } from '../../world/import/folder-lines.ts'
import { importFolder } from '../../world/import/import.ts'
import { embeddedWorld } from '../../world/memory/embedded.ts'
import { recordChanges } from '../../world/neo4j/outbox.ts'
import { kinds } from '../support/kinds.ts'

/** Any text: with lone surrogates, NUL, combining marks; also empty or too long. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map(unit => String.fromCharCode(unit)),
    maxLength: 90,
  }),
  fc.constantFrom(
    '',
    '\ud800',
    'a\udfff',
    '\ude00\ud83d',
    '😀',
    '\0',
    '.',
    '..',
    ':',
    '{w}',
    '%zz',
    'x'.repeat(256),
  ),
  fc.constantFrom('x'.repeat(257), 'ж'.repeat(128), 'ж'.repeat(129), '🐉'.repeat(64), `${'🐉'.repeat(64)}.`),
)

/** By a standard function, not Hearth's own. */
const isRight = (text: string) =>
  text !== '' && Buffer.from(text).toString() === text && Buffer.byteLength(text) <= 256

const keys = createKeys()
const timestamp = '0120-03-01T12:00:00'
const suspect = { fault: 'different', marks: [], expiresAtMs: null, sinceMs: 0, restarts: 0 }
const parses = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success
const succeeds = (work: () => unknown) => {
  try {
    work()
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'InvalidInput' })
    expect(error).toBeInstanceOf(HearthError)
    return false
  }
}

/** Every function that takes an id, and whether it accepts this one. */
const waysIn: Record<string, (text: string) => boolean> = {
  'a key of a world': text => succeeds(() => keys.entry(kinds.flags, text, null)),
  'a key of an entity': text => succeeds(() => keys.entry(kinds.entity, 'w', { type: 'object', id: text })),
  'a key of a timeline': text => succeeds(() => keys.entry(kinds.timeline, 'w', text)),
  'a change, as a timeline': text =>
    parses(changesSchema, [{ kind: 'event-added', entityIds: ['c1', text] }]),
  'a change, as an entity': text =>
    parses(changesSchema, [{ kind: 'entity-deleted', type: 'location', id: text }]),
  'an outbox node, as its world': text =>
    sortOut([
      { ref: 'r', id: 'i', worldId: text, changes: [{ kind: 'flags-changed' }], recordedAtMs: 0 },
    ]).every(({ refused }) => refused === undefined),
  'an outbox node, in its changes': text =>
    sortOut([
      {
        ref: 'r',
        id: 'i',
        worldId: 'w',
        recordedAtMs: 0,
        changes: JSON.parse(JSON.stringify([{ kind: 'event-added', entityIds: [text] }])),
      },
    ]).every(({ refused }) => refused === undefined),
  'an event': text => parses(newEventsSchema, [{ event_id: text, timestamp }]),
  'a participant': text => parses(newEventsSchema, [{ timestamp, participants: ['c1', text] }]),
  'a location': text => parses(newEventsSchema, [{ timestamp, location_id: text }]),
  'a line of entities': text => parses(entityLine, { id: text, type: 'character', name: null }),
  'a line of events': text => parses(eventLine, { event_id: text, timestamp }),
  'a participant of a line': text => parses(eventLine, { event_id: 'e', timestamp, participants: [text] }),
  'a job of warm': text => parses(warmWorldPayload, { worldId: text, force: false }),
  'a job of a chunk': text =>
    parses(warmChunkPayload, { worldId: 'w', force: false, targets: [{ kind: 'timeline', id: text }] }),
  'a job of invalidate': text =>
    parses(invalidatePayload, { worldId: 'w', target: { kind: 'timeline', id: text }, version: null }),
  'a job of refresh': text =>
    parses(refreshPayload, { worldId: 'w', targets: [{ kind: 'entity', type: 'object', id: text }] }),
  'a job of flush': text => parses(flushPayload, { worldId: text }),
  'a job of audit': text => parses(auditPayload, { worldId: text, sample: null, repair: true }),
  'a job that looks again': text =>
    parses(recheckPayload, {
      worldId: 'w',
      repair: true,
      stage: 0,
      suspects: [{ ...suspect, target: { kind: 'timeline', id: text } }],
    }),
  'HTTP: a world': text => parses(http.worldParams, { worldId: text }),
  'HTTP: an entity': text => parses(http.entityRef, { type: 'object', id: text }),
  'HTTP: changes': text => parses(http.changesBody, { changes: [{ kind: 'flags-changed' }], recorded: text }),
  'HTTP: a refresh': text => parses(http.refreshBody, { entities: [text] }),
  'HTTP: an invalidation': text =>
    parses(http.invalidateBody(createKinds()), { targets: [{ kind: 'timeline', id: text }] }),
  'HTTP: many entities': text => parses(http.some(http.entityRef), [{ type: 'object', id: text }]),
  'HTTP: many timelines': text => parses(http.some(id), ['c1', text]),
}

describe('one rule for ids', () => {
  test.each(Object.entries(waysIn))('applies to %s, for any text', (_name, takes) => {
    fc.assert(
      fc.property(anyText, text => {
        expect(takes(text)).toBe(isRight(text))
      }),
    )
  })

  test('has messages, also for values that are not text', () => {
    const problem = (given: unknown) => id.safeParse(given).error?.issues[0]?.message
    expect(problem('')).toBe('must not be empty')
    expect(problem('ж'.repeat(129))).toBe('must be at most 256 bytes of UTF-8, got 258')
    expect(problem('a\ud800')).toBe('must be well-formed Unicode, got a lone surrogate')
    expect(problem(7)).toBe('must be text, got number')
    expect(problem(null)).toBe('must be text, got null')
    expect(isId('w1')).toBe(true)
  })

  test('refuses in recordChanges what the relay would refuse', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (worldId, entityId) => {
        const written: Record<string, unknown>[] = []
        const tx = { run: async (_: string, node: Record<string, unknown>) => void written.push(node) }
        const recording = recordChanges(tx, worldId, [{ kind: 'event-added', entityIds: [entityId] }])
        const outcome = await recording.then(
          () => 'recorded',
          error => (error as HearthError).code,
        )
        expect(outcome).toBe(isRight(worldId) && isRight(entityId) ? 'recorded' : 'InvalidInput')
        expect(written).toHaveLength(outcome === 'recorded' ? 1 : 0)
        for (const { id: nodeId, worldId, changes } of written) {
          const node = { ref: 'r', id: nodeId as string, worldId: worldId as string, recordedAtMs: 0 }
          const [sorted] = sortOut([{ ...node, changes: JSON.parse(changes as string) }])
          expect(sorted?.refused).toBeUndefined()
        }
      }),
    )
  })

  test('applies to events that are added to a world', async () => {
    const world = embeddedWorld()
    await world.saveSnapshot('w', {})
    await fc.assert(
      fc.asyncProperty(anyText, async text => {
        const outcome = await world.addEvents('w', [{ event_id: text, timestamp }]).then(
          () => 'added',
          error => (error as HearthError).code,
        )
        expect(outcome).toBe(isRight(text) ? 'added' : 'InvalidInput')
      }),
    )
  })

  test('applies to an import, which reads nothing if an id is wrong', async () => {
    const importing = importFolder({ world: embeddedWorld(), folder: '/nowhere', worldId: 'w\ud800' })
    await expect(importing).rejects.toMatchObject({
      code: 'InvalidInput',
      message: expect.stringContaining('worldId: "w\\ud800" must be well-formed Unicode'),
    })
  })
})

describe('a key that another program wrote', () => {
  const anyKeyPart = fc.oneof(
    anyText,
    fc.constantFrom('%zz', '%', '%4', '%C3', '%C3%28', '%41', '%2e', '%c3%a9', '%ED%A0%80', 'a%00'),
    fc.string({ unit: fc.constantFrom('%', 'C', '3', 'a', 'F', '0', 'é', '.'), maxLength: 12 }),
  )

  test('is decoded only if it is the encoding of an id, and never throws', () => {
    fc.assert(
      fc.property(anyKeyPart, part => {
        const decoded = decodeId(part)
        if (decoded !== undefined) expect(encodeId(decoded, 'id')).toBe(part)
      }),
    )
  })

  test('names a target only if that target has this key', () => {
    const rest = fc.tuple(
      fc.constantFrom('timeline', 'character', 'dragon', ''),
      anyKeyPart,
      fc.constantFrom('recent', 'state', 'recent:lease', 'state:lease', 'ver'),
    )
    fc.assert(
      fc.property(rest, parts => {
        const key = `lw:world:w:${parts.join(':')}`
        const target = targetOfKey(keys, 'w', key)
        if (!target) return
        const entry = keys.entryOf('w', target)
        expect([entry.lease, entry.key]).toContain(key)
      }),
    )
    expect(targetOfKey(keys, 'w', 'lw:world:w:timeline:%zz:recent')).toBeUndefined()
  })
})
