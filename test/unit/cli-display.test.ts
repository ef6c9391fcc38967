import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import type { WarmRow } from '../../cache/inspect.ts'
import { createFillClock, demoReport } from '../../cli/dev-report.ts'
import { warmReport } from '../../cli/inspect.ts'
import { showProgress } from '../../cli/progress.ts'
import { bytes, count, duration, span } from '../../cli/terminal.ts'
import { builtInKinds } from '../../model/built-in-kinds.ts'

const lives = (kind: string) => (kind === 'timeline' ? 600_000 : 900_000)
const row = (given: Partial<WarmRow>): WarmRow => ({
  kind: 'timeline',
  what: 'timeline',
  entries: 1,
  empty: 0,
  absent: 0,
  bytes: 0,
  firstExpiryMs: null,
  lastExpiryMs: null,
  ...given,
})

test.each([
  [bytes(0), '0 B'],
  [bytes(999), '999 B'],
  [bytes(12_345), '12.3 kB'],
  [bytes(5e12), '5,000 GB'],
  [count(1_234_567), '1,234,567'],
  [duration(0.4219), '0.422 ms'],
  [duration(999), '999 ms'],
  [duration(3_100), '3.1 s'],
  [duration(545_000), '9 min 5 s'],
  [duration(119_700), '2 min'],
  [span('1 s', '1 s'), '1 s'],
  [span('1 s', '2 s'), '1 s to 2 s'],
])('%s', (shown, right) => {
  expect(shown).toBe(right)
})

test('without a terminal, progress is one line for each 10 %, also while the total grows', () => {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  }) as unknown as NodeJS.WriteStream
  const progress = showProgress('warming w1', 'entries', stream)
  for (const done of [0, 1, 2, 9, 10, 11, 12]) progress.show({ done, total: 50 })
  progress.show({ done: 13, total: 100 })
  progress.show({ done: 1_000, total: 1_000 })
  progress.show({ done: 1_000, total: 1_000 })
  progress.end()
  expect(text.split('\n')).toEqual([
    'warming w1: 10 % (9 of 50 entries)',
    'warming w1: 20 % (10 of 50 entries)',
    'warming w1: 100 % (1,000 of 1,000 entries)',
    '',
  ])
})

test('for a cold world the report is a sentence that says how to warm it', () => {
  expect(warmReport({ worldId: 'w1', version: null, rows: [] }, lives)).toBe(
    'Nothing of "w1" is warm. `hearth activate w1` warms it.',
  )
})

test('a report shows when entries expire and how old they are', () => {
  const rows = [
    row({ what: 'snapshot', bytes: 2_000 }),
    row({ what: 'timeline', entries: 96, empty: 3, firstExpiryMs: 400_000, lastExpiryMs: 500_000 }),
    row({ what: 'object', entries: 2, absent: 1, firstExpiryMs: 10_000, lastExpiryMs: 800_000 }),
  ]
  const shown = warmReport({ worldId: 'w1', version: 17, rows }, lives).replace(/ +/g, ' ')
  expect(shown).toContain('│ snapshot │ 1 │ 0 │ 0 │ 2 kB │ never │ │')
  expect(shown).toContain('│ timeline │ 96 │ 3 │ 0 │ 0 B │ 6 min 40 s to 8 min 20 s │ 2 min 30 s │')
  expect(shown).toContain('│ object │ 2 │ 0 │ 1 │ 0 B │ 10.0 s to 13 min 20 s │ │') // an absence has another TTL
  expect(shown).toContain('Version 17.')
})

test('the demo report adds up the entities of all types, and shows when each kind was warm', () => {
  const clock = createFillClock()
  expect(clock.lastOf('entity')).toBeUndefined()
  clock.start()
  clock.filled('entity')
  expect(clock.lastOf('entity')).toBe(clock.total())

  const rows = [
    row({ kind: 'entity', what: 'character', entries: 2, bytes: 10 }),
    row({ kind: 'entity', what: 'object', entries: 3, bytes: 5 }),
  ]
  const lastOf = { lastOf: (kind: string) => (kind === 'entity' ? 12 : undefined) }
  const shown = demoReport(rows, lastOf, builtInKinds).replace(/ +/g, ' ')
  expect(shown).toContain('│ entity │ 5 │ 15 B │ 12 ms │')
  expect(shown).toContain('│ timeline │ 0 │ 0 B │ │')
})
