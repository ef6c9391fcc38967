import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openFolder } from '../../world/import/import.ts'
import { folderOf } from '../support/folder-of.ts'

const smith = { id: 'c1', type: 'character', name: 'Banjo', props: { inside: 'forge', sphere: ['caverns'] } }
const brawl = {
  event_id: 'e1',
  type: 'quarrel',
  title: 'A brawl',
  description: 'x',
  timestamp: '0001-01-01T00:00:00',
  participants: ['c1', 'c2'],
  objects: ['o1', 'c1'],
  location_id: 'l1',
}

/** The errors of `openFolder` for these lines. */
const complaint = async (files: Parameters<typeof folderOf>[0]): Promise<string> => {
  const folder = await folderOf(files)
  const error = await openFolder(folder).catch(error => error)
  expect(error).toMatchObject({ name: 'HearthError', code: 'InvalidInput' })
  return error.message.replaceAll(`${folder}/`, '')
}
const entityComplaint = (line: unknown) => complaint({ 'entities.ndjson': [line] })
const eventComplaint = (line: unknown) => complaint({ 'entities.ndjson': [smith], 'events.ndjson': [line] })

describe('a valid folder', () => {
  test('gives entities and events in the shapes of a world', async () => {
    const bare = { event_id: 'e0', timestamp: '-0209-01-01T00:00:00' }
    const folder = await openFolder(
      await folderOf({
        'entities.ndjson': [smith, { id: 'l1', type: 'location' }],
        'events.ndjson': [bare, { ...brawl, tags: ['inn'], emotional_impact: -1, metadata: { a: 1 } }, bare],
        'meta.json': '{"name": "Village", "events": 2}',
      }),
    )
    expect(folder).toMatchObject({
      name: 'Village',
      counts: { entities: 2, events: 3 },
      newest: '0001-01-01T00:00:00',
    })
    expect(await all(folder.entities)).toEqual([smith, { id: 'l1', type: 'location', name: null, props: {} }])
    const empty = { event_type: null, title: null, description: null, participants: [], location_id: null }
    const rest = {
      consequences: null,
      emotional_impact: null,
      significance_level: null,
      tags: [],
      metadata: {},
    }
    const { type, objects: _, ...told } = brawl
    expect(await all(folder.events)).toEqual([
      { ...empty, ...rest, ...bare },
      {
        ...rest,
        ...told,
        event_type: type,
        participants: ['c1', 'c2', 'o1'],
        tags: ['inn'],
        emotional_impact: -1,
        metadata: { a: 1 },
      },
      { ...empty, ...rest, ...bare },
    ])
  })

  test('needs neither events nor meta.json', async () => {
    const folder = await openFolder(await folderOf({ 'entities.ndjson': [] }))
    expect(folder).toMatchObject({ name: null, counts: { entities: 0, events: 0 }, newest: null })
    expect(await all(folder.events)).toEqual([])
  })

  test('may have lines of any length, Windows line ends, blank lines, U+2028, and no end of the last line', async () => {
    const odd = { ...smith, name: 'a\u2028b', props: { long: 'é🐉'.repeat(100_000) } }
    const lines = [odd, { ...odd, id: 'c2' }, { ...odd, id: 'c3' }].map(line => JSON.stringify(line))
    const folder = await openFolder(await folderOf({ 'entities.ndjson': `\ufeff${lines.join('\r\n\n \n')}` }))
    expect(await all(folder.entities)).toEqual([odd, { ...odd, id: 'c2' }, { ...odd, id: 'c3' }])
  })

  test('may have a byte order mark in each file', async () => {
    const marked = (line: unknown) => `\ufeff${JSON.stringify(line)}\n`
    const folder = await openFolder(
      await folderOf({
        'entities.ndjson': marked(smith),
        'events.ndjson': marked(brawl),
        'meta.json': marked({ name: 'Village' }),
      }),
    )
    expect(folder).toMatchObject({ name: 'Village', counts: { entities: 1, events: 1 } })
  })

  test('may have an id of 256 bytes', async () => {
    const folder = await openFolder(
      await folderOf({ 'entities.ndjson': [{ ...smith, id: 'ж'.repeat(128) }] }),
    )
    expect(folder.counts.entities).toBe(1)
  })
})

describe('a bad line is reported with file, number and field', () => {
  test.each([
    [{ ...smith, id: '' }, 'id: must not be empty'],
    [{ ...smith, id: 'ж'.repeat(129) }, 'id: must be at most 256 bytes of UTF-8, got 258'],
    [{ ...smith, id: 7 }, 'id: must be text'],
    [{ ...smith, type: 'player' }, 'type: '],
    [{ ...smith, type: 'player' }, '"character"|"location"|"object"'],
    [{ ...smith, name: 7 }, 'name: must be text or null'],
    [{ ...smith, props: [] }, 'props: must be a JSON object'],
    [{ ...smith, properties: {} }, 'properties'],
    [{ ...smith, props: { '': 1 } }, 'props[""]: the name of a property must be non-empty text'],
    [{ ...smith, props: { 'a\0': 1 } }, 'props["a\\u0000"]: the name of a property must be non-empty text'],
    [{ ...smith, props: { '\ud800': 1 } }, 'without U+0000 and halves of surrogate pairs'],
    [{ ...smith, props: { type: 'a', own_type: 'b' } }, 'props["type"]: is kept as own_type'],
    [
      { ...smith, props: { a: ['x', { b: '\udc00' }] } },
      'props.a[1].b must be well-formed Unicode, got a lone surrogate',
    ],
    ['text', 'expected object'],
  ])('entity %j', async (line, said) => {
    expect(await entityComplaint(line)).toContain('entities.ndjson:1: ')
    expect(await entityComplaint(line)).toContain(said)
  })

  test('an id with half of a surrogate pair', async () => {
    const line = '{"id": "c\\ud800", "type": "character", "name": null}'
    expect(await complaint({ 'entities.ndjson': line })).toContain(
      'entities.ndjson:1: id: must be well-formed Unicode, got a lone surrogate',
    )
  })

  test.each([
    [{ ...brawl, event_id: undefined }, 'event_id: must be text'],
    [{ ...brawl, timestamp: 'yesterday' }, 'timestamp: must be ISO text'],
    [{ ...brawl, timestamp: '0001-02-30T00:00:00' }, 'timestamp: must be ISO text'],
    [{ ...brawl, timestamp: undefined }, 'timestamp: must be ISO text'],
    [{ ...brawl, participants: ['c1', ''] }, 'participants.1: must not be empty'],
    [{ ...brawl, objects: 'o1' }, 'objects: must be a list of ids'],
    [{ ...brawl, location_id: '' }, 'location_id: must not be empty'],
    [{ ...brawl, emotional_impact: 2 }, 'emotional_impact: '],
    [{ ...brawl, event_type: 'quarrel' }, 'event_type'],
    [{ ...brawl, title: 'a\ud800' }, 'title must be well-formed Unicode, got a lone surrogate'],
  ])('event %j', async (line, said) => {
    expect(await eventComplaint(line)).toContain('events.ndjson:1: ')
    expect(await eventComplaint(line)).toContain(said)
  })

  test('nested lists that are too deep for JSON text', async () => {
    const deep = (line: object) =>
      JSON.stringify(line).replace('"deep"', () => '['.repeat(5_000) + ']'.repeat(5_000))
    const said = await complaint({
      'entities.ndjson': deep({ ...smith, props: { a: 'deep' } }),
      'events.ndjson': deep({ ...brawl, consequences: 'deep' }),
    })
    expect(said).toMatch(/entities[.]ndjson:1: props[.]a(\[0\])+ lies deeper than 100 maps and lists/)
    expect(said).toMatch(/events[.]ndjson:1: consequences(\[0\])+ lies deeper than 100 maps and lists/)
  })

  test('text that is not JSON, not UTF-8, or a repeated id; blank lines are counted', async () => {
    const good = JSON.stringify(smith)
    const again = JSON.stringify({ ...smith, type: 'object' })
    const bytes = Buffer.concat([
      Buffer.from(`${good}\n\n{oops\n${again}\n{"id": "`),
      Buffer.from([0xff, 0x0a]),
    ])
    const said = await complaint({ 'entities.ndjson': bytes })
    expect(said).toContain('3 bad lines, so nothing was written')
    expect(said).toContain('entities.ndjson:3: must be one JSON object')
    expect(said).toContain('entities.ndjson:4: id: "c1" stands on an earlier line')
    expect(said).toContain('entities.ndjson:5: must be UTF-8 text')
  })

  test('in all files at once, the first twenty, and how many more', async () => {
    const lines = Array.from({ length: 19 }, (_, i) => ({ ...smith, id: `c${i}`, type: 'x' }))
    const events = [brawl, ...Array.from({ length: 6 }, () => ({ ...brawl, timestamp: 'x' }))]
    const said = await complaint({
      'entities.ndjson': lines,
      'events.ndjson': events,
      'meta.json': '{"name": 1}',
    })
    const named = said.split('\n')
    expect(named).toHaveLength(1 + 20 + 1)
    expect(said).toContain('meta.json: name: must be text')
    const notUtf8 = { 'entities.ndjson': [], 'meta.json': Buffer.from('{"name": "\xff"}', 'latin1') }
    expect(await complaint(notUtf8)).toContain('meta.json: must be UTF-8 text')
    expect(said).toContain('entities.ndjson:19: ')
    expect(said).not.toContain('events.ndjson:2: ')
    expect(named.at(-1)).toContain('and 6 more')
  })
})

test('a folder that is missing, or has no entities, is named', async () => {
  const empty = await folderOf({})
  await expect(openFolder(empty)).rejects.toThrow(`${empty} has no entities.ndjson`)
  const nowhere = join(empty, 'nowhere')
  await expect(openFolder(nowhere)).rejects.toThrow(`${nowhere} must be a folder`)
})

async function all<T>(items: Iterable<T> | AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
