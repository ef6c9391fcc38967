import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createKeys } from '../../cache/keys.ts'
import { decodeId, encodeId } from '../../model/ids.ts'
import { kinds } from '../support/kinds.ts'

const keys = createKeys()
const id = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    fc.constantFrom('a:b', 'a', 'b:state', 'x:y:z', '%3A', '{w}', '🐉'),
  )
  .filter(text => Buffer.byteLength(text) <= 256)
const type = fc.constantFrom('character', 'location', 'object' as const)
type Target = {
  kind: 'flags' | 'snapshot' | 'entity' | 'timeline' | 'version' | 'popularity'
  world: string
  type: 'character' | 'location' | 'object'
  id: string
}
const target: fc.Arbitrary<Target> = fc.record({
  kind: fc.constantFrom('flags', 'snapshot', 'entity', 'timeline', 'version', 'popularity'),
  world: id,
  type,
  id,
})

function keysOf({ kind, world, type, id }: Target): string[] {
  if (kind === 'version') return [keys.version(world)]
  if (kind === 'popularity') return [keys.popularity(world)]
  const entry =
    kind === 'entity'
      ? keys.entry(kinds.entity, world, { type, id })
      : kind === 'timeline'
        ? keys.entry(kinds.timeline, world, id)
        : keys.entry(kinds[kind], world, null)
  return [entry.key, entry.lease]
}

/** What distinguishes two targets: flags have no id, a timeline has no type. */
function identity({ kind, world, type, id }: Target): string {
  return JSON.stringify([
    kind,
    world,
    kind === 'entity' && type,
    (kind === 'entity' || kind === 'timeline') && id,
  ])
}

describe('keys', () => {
  test('equal those of the specification', () => {
    expect(keys.entry(kinds.flags, 'w1', null).key).toBe('lw:world:w1:flags')
    expect(keys.entry(kinds.snapshot, 'w1', null).key).toBe('lw:world:w1:state')
    expect(keys.entry(kinds.timeline, 'w1', 'c1').key).toBe('lw:world:w1:timeline:c1:recent')
    expect(keys.entry(kinds.entity, 'w1', { type: 'location', id: 'l1' }).key).toBe(
      'lw:world:w1:location:l1:state',
    )
    expect(keys.entry(kinds.entity, 'w1', { type: 'object', id: 'o1' }).lease).toBe(
      'lw:world:w1:object:o1:state:lease',
    )
    expect(keys.version('w1')).toBe('lw:world:w1:ver')
    expect(createKeys({ cluster: true }).entry(kinds.flags, 'w 1', null).key).toBe('lw:world:{w%201}:flags')
  })

  test('of different targets are never equal', () => {
    fc.assert(
      fc.property(target, target, (a, b) => {
        fc.pre(identity(a) !== identity(b))
        expect(keysOf(a).filter(key => keysOf(b).includes(key))).toEqual([])
      }),
      { numRuns: 5_000 },
    )
  })

  test('contain only characters without meaning to Redis, and give the id back', () => {
    fc.assert(
      fc.property(id, text => {
        expect(encodeId(text, 'id')).toMatch(/^[A-Za-z0-9._%-]+$/)
        expect(decodeId(encodeId(text, 'id'))).toBe(text)
      }),
    )
  })

  test.each([
    ['', 'worldId must not be empty'],
    ['x'.repeat(257), 'worldId must be at most 256 bytes of UTF-8, got 257'],
    ['🐉'.repeat(65), 'worldId must be at most 256 bytes of UTF-8, got 260'],
    ['\ud800', 'worldId must be well-formed Unicode, got a lone surrogate'],
    [7 as unknown as string, 'worldId must be text, got number'],
  ])('refuse %j by name', (bad, message) => {
    expect(() => keys.entry(kinds.flags, bad, null)).toThrow(
      expect.objectContaining({ code: 'InvalidInput', message }),
    )
  })

  test('accept an id of 256 bytes', () => {
    expect(keys.entry(kinds.flags, '🐉'.repeat(64), null).key).toBe(
      `lw:world:${'%F0%9F%90%89'.repeat(64)}:flags`,
    )
  })
})
