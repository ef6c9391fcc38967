import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { blocksOf, textOf } from '../support/pages.ts'
import { type Env, groupOf, root, startProcess, withoutHearth } from './hearth-command.ts'

const run = promisify(execFile)

/** A line of README for a shell, and what its comment says that it prints: pieces, in this order. */
interface Line {
  command: string
  prints: string[]
}

/** The lines of the shell examples below a heading of README. */
function linesBelow(heading: string): Line[] {
  const lines = textOf('README.md').split('\n')
  const first = lines.indexOf(`## ${heading}`) + 1
  const next = lines.findIndex((line, i) => i > first && line.startsWith('## ')) + 1
  return blocksOf('README.md', 'sh')
    .filter(({ line }) => line > first && line < next)
    .flatMap(({ text }) => text.replaceAll('\\\n', ' ').trimEnd().split('\n'))
    .filter(line => !line.startsWith('#'))
    .map(line => {
      const [command = '', prints] = line.split(/ +# prints /)
      return { command, prints: prints?.split(' … ') ?? [] }
    })
}

/** Has a shell run a line. Resolves with all that it prints, in single spaces. */
async function typed(command: string, env: Env): Promise<string> {
  const { stdout, stderr } = await run('sh', ['-c', command], { cwd: root, env })
  return `${stdout}${stderr}`.replace(/\s+/g, ' ')
}

function expectPieces(printed: string, { command, prints }: Line): void {
  expect(prints, `README says what is printed by: ${command}`).not.toEqual([])
  let from = 0
  for (const piece of prints) {
    const at = printed.indexOf(piece, from)
    expect(at, `${command}\nprints ${piece}, after ${from}, in: ${printed}`).toBeGreaterThanOrEqual(from)
    from = at + piece.length
  }
}

test('what a new user types by README works as it says: npm start, other commands, curl, Ctrl-C', async () => {
  const [start, ...commands] = linesBelow('Try it').filter(({ command }) => command !== 'npm ci && npm test')
  const requests = linesBelow('From another language')
  expect(start?.command).toBe('npm ci && npm start')
  expect(commands.length).toBeGreaterThan(2)
  expect(requests.length).toBeGreaterThan(3)

  const there = { TMPDIR: mkdtempSync(join(tmpdir(), 'hearth-e2e-')) } // where no other test finds it
  onTestFinished(() => rmSync(there.TMPDIR, { recursive: true, force: true }))
  const env = { ...withoutHearth(), ...there }
  const dev = startProcess(['npm', 'start'], { env: { ...there, HEARTH_PORT: '0' }, cwd: root })
  onTestFinished(() => {
    if (groupOf(dev.pid).length > 0) process.kill(-dev.pid, 'SIGKILL')
  })
  const [, pages = ''] = await dev.says(/Console +http:\/\/(\S+)\/[\s\S]*Ctrl-C stops all of it/)
  expect(dev.printed()).toMatch(/warming demo: 100 %[\s\S]*│ timeline │ +1,000 │[\s\S]*demo is warm/)

  for (const line of [...commands, ...requests])
    expectPieces(await typed(line.command.replace('127.0.0.1:3400', pages), env), line)

  process.kill(-dev.pid, 'SIGINT') // as the terminal does it: to npm and what it runs
  await dev.ended
  await expect.poll(() => groupOf(dev.pid)).toEqual([])
  expect(dev.printed()).not.toMatch(/"level":[45]0|while stopping/)
})
