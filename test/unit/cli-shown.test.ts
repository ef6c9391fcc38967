import { Writable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { auditReport } from '../../cli/audit.ts'
import { idsWithDashes } from '../../cli/ids-with-dashes.ts'
import { warmReport } from '../../cli/inspect.ts'
import { createProgram } from '../../cli/program.ts'
import { showProgress } from '../../cli/progress.ts'
import { scheduleReport } from '../../cli/schedule.ts'
import { table } from '../../cli/table.ts'
import { shown, shownLines } from '../../cli/terminal.ts'

/** Sets the title of a terminal, clears it, moves the cursor up, and switches to right-to-left text. */
const hostile = '\u001b]0;owned\u0007\u001b[2J\u009b1A\r\u202egpj.exe\u2028\udc00'
const harmful = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]/u

test.each([
  [hostile, '\\u001b]0;owned\\u0007\\u001b[2J\\u009b1A\\r\\u202egpj.exe\\u2028\\udc00'],
  ['two\nlines\tand\r', 'two\\nlines\\tand\\r'],
  ['ünï·日本 👩‍🚀 می‌خواهم', 'ünï·日本 👩‍🚀 می‌خواهم'],
  ['\u{e0041}tag', '\\udb40\\udc41tag'],
])('%j is shown as %s', (text, right) => {
  expect(shown(text)).toBe(right)
})

test('no text can control a terminal, and JSON stays the same JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), text => {
      const line = shown(text)
      const json = JSON.parse(shownLines(JSON.stringify({ text }, null, 2))) as { text: string }
      return !harmful.test(line) && !line.includes('\n') && json.text === text
    }),
  )
})

test('tables, reports and progress show each id and reason in one line', () => {
  let progressed = ''
  const write = (chunk: unknown, _encoding: unknown, done: () => void) => {
    progressed += chunk
    done()
  }
  const stream = new Writable({ write }) as unknown as NodeJS.WriteStream
  showProgress(`warming ${hostile}`, 'entries', stream).show({ done: 1, total: 1 })
  const finding = {
    worldId: 'w',
    fault: 'stale',
    detail: hostile,
    atMs: 0,
    sinceMs: 0,
    repaired: false,
    subject: `timeline of ${hostile}`,
    differences: ['title', 'tags'].map(field => ({ field, cached: hostile, truth: null })),
  }
  const found = {
    outcome: 'inconsistent',
    checked: 1,
    kinds: {},
    popular: 0,
    suspects: 1,
    settled: 0,
    unsettled: 0,
    found: { stale: 1 },
    repaired: 0,
    findings: [finding],
    inconsistent: {},
  }
  const last = { at: new Date(), by: 'h', tookMs: 1, outcome: 'failed', reason: hostile } as const
  const round = { name: 'r', expression: '* * * * *', nextAt: new Date(), last, skipped: 0, caughtUp: 0 }
  for (const text of [
    progressed,
    table(['id'], [[hostile], [[hostile, hostile]]]),
    auditReport(hostile, found as never, 1),
    scheduleReport([round]),
    warmReport({ worldId: hostile, version: null, rows: [] }, () => 1),
  ]) {
    expect(shownLines(text), 'what the reports leave, print() escapes').not.toMatch(harmful)
    expect(text).toContain('\\u001b]0;owned')
    expect(text).not.toContain('\u001b')
  }
})

test.each([
  [['--retry', '-x'], ['-x']],
  [
    ['--retry', 'e1', '-x', '-5', 'e2', '--json'],
    ['e1', '-x', '-5', 'e2'],
  ],
  [['--retry=--json'], ['--json']],
  [['--retry'], true],
  [['--json', '--retry', '--queue-prefix', 'q'], true],
])('pending %j makes %j pending again', (args, right) => {
  expect(parsed(['pending', 'w1', ...args]).opts).toMatchObject({ retry: right })
})

test.each([
  [['invalidate', 'w1', '--timeline', '-x', 'c1', '--entity', 'character:-y'], { timeline: ['-x', 'c1'] }],
  [['refresh', '--wait', '--entity', '-x', '-y', '--', '-w1'], { entity: ['-x', '-y'], wait: true }],
  [['read', 'w1', '--timeline', '-x'], { timeline: ['-x'] }],
])('%j accepts ids that begin with a dash', (args, right) => {
  expect(parsed(args).opts).toMatchObject(right)
})

test.each([
  [['activate', 'w1', '--wait'], 'warm'],
  [['activate', '--wait', 'w1'], 'warm'],
  [['activate', 'w1', '--wait=ready'], 'ready'],
  [['activate', '--wait', 'ready', 'w1'], 'ready'],
  [['activate', 'w1'], undefined],
])('%j waits until the world is %s', (args, wait) => {
  const { args: worlds, opts } = parsed(args)
  expect({ worlds, wait: (opts as { wait?: string }).wait }).toEqual({ worlds: ['w1'], wait })
})

test('a moment that is none is refused with those that are', () => {
  expect(() => parsed(['activate', 'w1', '--wait=cold'])).toThrow(/Allowed choices are warm, ready/)
})

test('a world whose id begins with a dash is written after two dashes', () => {
  expect(parsed(['inspect', '--', '-w1']).args).toEqual(['-w1'])
})

function parsed(args: readonly string[]) {
  const program = createProgram()
  const command = program.commands.find(each => each.name() === args[0])
  let got: { args: string[]; opts: object } | undefined
  command?.action(() => {
    got = { args: command.args, opts: command.opts() }
  })
  program.parse(idsWithDashes(program, args), { from: 'user' })
  if (!got) throw new Error('the command did not run')
  return got
}
