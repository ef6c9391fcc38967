import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { createJiti } from 'jiti'
import { expect, test } from 'vitest'
import { benchmarks } from '../../bench/benchmarks.ts'
import { createProgram } from '../../cli/program.ts'
import { configFileNames } from '../../config/file.ts'
import { readConfig, removedSettings } from '../../config/read.ts'
import { envName, type SettingName } from '../../config/settings.ts'
import { statuses } from '../../dashboard/problem.ts'
import type { Kind } from '../../model/kind.ts'
import { blocksOf, pages, proseOf, root, textOf } from '../support/pages.ts'

/** Folders that a page may leave out of a file's path if the context names them. */
const folders = [
  '',
  'cache/lua/',
  'queues/lua/',
  'dashboard/',
  'hearth/',
  'jobs/',
  'model/',
  'queues/',
  'resilience/',
  'telemetry/',
  'world/',
]

/** Files that a user creates. */
const ofUsers = ['meta.json', ...configFileNames]

/** What a page has as code, in its text and in its blocks. */
const codeOf = (page: string): string[] => [
  ...[...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
  ...blocksOf(page).flatMap(({ text }) => text.split('\n')),
]

/** The arguments of each line in a page's shell examples that calls hearth. */
const calls = (page: string): string[][] =>
  blocksOf(page, 'sh')
    .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
    .flatMap(line => /(?:^|&& |\w=\S+ )(?:npx )?hearth ([^#&|>]*)/.exec(line)?.[1]?.trim() ?? [])
    .map(args => args.split(/ +/))

const jiti = createJiti(import.meta.url, {
  alias: { 'hearth-cache': fileURLToPath(new URL('model/kind.ts', root)) },
})

/** The kinds that a page's examples declare, each of which has flags. */
async function kindsOf(page: string): Promise<Kind[]> {
  const declaring = blocksOf(page, 'ts').filter(({ text }) => text.includes('defineKind('))
  const modules = await Promise.all(
    declaring.map(({ text, line }) =>
      jiti.evalModule(text, {
        filename: fileURLToPath(new URL(`${page}-line-${line}.ts`, root)),
        async: true,
      }),
    ),
  )
  return modules.flatMap(exported => Object.values(exported as Record<string, Kind>))
}

/** The program with a configuration file that has the page's kinds. */
const programOf = async (page: string): Promise<Command> =>
  createProgram({ configFile: { path: 'hearth.config.ts', config: { kinds: await kindsOf(page) } } })

/** The same, whose commands only parse. */
async function parser(page: string): Promise<Command> {
  const program = await programOf(page)
  for (const command of program.commands) {
    command.action(() => {})
    command.configureOutput({ writeErr: () => {} })
  }
  return program
}

test.each(pages.filter(page => calls(page).length > 0))('the shell examples of %s parse', async page => {
  for (const args of calls(page)) {
    const program = await parser(page)
    const parsed = program.parseAsync(args, { from: 'user' }).then(
      () => 'parsed',
      error => (error.code === 'commander.helpDisplayed' ? 'parsed' : String(error)),
    )
    expect(await parsed, `hearth ${args.join(' ')}`).toBe('parsed')
  }
})

test('every command that a page names exists, and has the flags that are written with it', async () => {
  const wrong: string[] = []
  let named = 0
  for (const page of pages) {
    const { commands } = await programOf(page)
    for (const code of codeOf(page)) {
      const [, name, rest = ''] = /^(?:npx )?hearth ([a-z]+)\b([^#]*)/.exec(code) ?? []
      if (name === undefined) continue
      named += 1
      const command = commands.find(each => each.name() === name)
      if (!command) wrong.push(`${page}: ${code}`)
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) {
        if (flag === '--help' || command?.options.some(({ long }) => long === flag)) continue
        wrong.push(`${page}: ${code}: ${flag}`)
      }
    }
  }
  expect(wrong).toEqual([])
  expect(named).toBeGreaterThan(50)
})

test('README has every command', () => {
  const all = codeOf('README.md').join('\n')
  for (const command of createProgram().commands)
    expect(all, command.name()).toMatch(new RegExp(`hearth ${command.name()}\\b`))
})

test('every setting that a page names exists', () => {
  const known = new Set(
    Object.keys(readConfig({ env: {} }))
      .filter(name => name !== 'file')
      .map(name => envName(name as SettingName)),
  )
  const wrong = pages.flatMap(page =>
    [...textOf(page).matchAll(/\bHEARTH_[A-Z0-9_]+\b/g)]
      .filter(([name]) => !known.has(name) && !name.startsWith('HEARTH_SERVICE_'))
      .filter(([name]) => page !== 'CHANGELOG.md' || !(name in removedSettings))
      .map(([name]) => `${page}: ${name}`),
  )
  expect(wrong).toEqual([])
})

test('every metric that a page names exists', () => {
  const folder = fileURLToPath(new URL('telemetry/', root))
  const sources = readdirSync(folder).filter(name => name.endsWith('metrics.ts'))
  const text = sources.map(name => readFileSync(folder + name, 'utf8')).join('\n')
  const known = new Set([...text.matchAll(/'((?:lw|http)_[a-z_]+)'/g)].map(([, name]) => name))
  const wrong = pages.flatMap(page =>
    [...textOf(page).matchAll(/\b(?:lw_|http_request)[a-z_]+/g)]
      .map(([name]) => name.replace(/(_seconds)_(bucket|sum|count)$/, '$1'))
      .filter(name => !known.has(name))
      .map(name => `${page}: ${name}`),
  )
  expect(wrong).toEqual([])
  expect(known.size).toBeGreaterThan(20)
})

test('the page of the HTTP API has every problem code in the row of its status, and no other', () => {
  const page = textOf('docs/http-api.md')
  const rows = [...page.matchAll(/^\| ([\d, ]+) \| (.+) \|$/gm)]
  const documented = rows.flatMap(([, status = '', codes = '']) =>
    [...codes.matchAll(/`([A-Z]\w+)`/g)].map(
      ([, code = '']) => [code, status.split(', ').map(Number)] as const,
    ),
  )
  const known = Object.entries(statuses)
  const headers = ['Allow', 'Retry']
  expect(
    documented
      .map(([code]) => code)
      .filter(code => !headers.includes(code))
      .sort(),
  ).toEqual(known.map(([code]) => code).sort())
  for (const [code, status] of known) expect(new Map(documented).get(code), code).toContain(status)
})

test('every file, script and benchmark that a page names exists', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { scripts: object }
  const isThere = (code: string): boolean => {
    const [, script, benchmark] = /^npm run ([a-z0-9:-]+)(?: -- ([a-z]+))?/.exec(code) ?? []
    if (script !== undefined && !Object.hasOwn(scripts, script)) return false
    if (script === 'bench' && benchmark !== undefined) return Object.hasOwn(benchmarks, benchmark)
    const file = /^[a-z][\w.-]*(\/[\w.-]+)*\.(ts|js|lua|md|yml|json)$|^[a-z][\w-]*(\/[\w-]+)*\/$/.test(code)
    return !file || ofUsers.includes(code) || folders.some(folder => existsSync(new URL(folder + code, root)))
  }
  const wrong = pages.flatMap(page =>
    codeOf(page)
      .filter(code => !isThere(code))
      .map(code => `${page}: ${code}`),
  )
  expect(wrong).toEqual([])
})

/** Paths below a folder of the repository, as a page mentions them anywhere in its text, `*` included. */
function pathsIn(page: string): string[] {
  const folders = readdirSync(fileURLToPath(root), { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !/^(\.|node_modules|dist|coverage)/.test(entry.name))
    .map(({ name }) => name)
  const path = new RegExp(`(?<![\\w/.-])(?:${folders.join('|')})/[\\w./*-]*\\w`, 'g')
  return [...textOf(page).matchAll(path)].map(([found]) => found)
}

test('every path that a page mentions exists', () => {
  const isThere = (path: string): boolean => {
    if (!path.includes('*')) return existsSync(new URL(path, root))
    const [folder, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)]
    if (!existsSync(new URL(folder, root))) return false
    const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)
    return readdirSync(new URL(`${folder}/`, root)).some(file => pattern.test(file))
  }
  const generated = ['docs/api']
  const mentioned = pages
    .filter(page => page !== 'CHANGELOG.md')
    .flatMap(page => pathsIn(page).map(path => ({ page, path })))
    .filter(({ path }) => !generated.includes(path))
  expect(mentioned.filter(({ path }) => !isThere(path))).toEqual([])
  expect(mentioned.length).toBeGreaterThan(50)
})
