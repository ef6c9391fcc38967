import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { redisUrl } from '../support/servers.ts'
import { fresh } from '../support/setup.ts'
import { root } from './hearth-command.ts'

const run = promisify(execFile)

/** Reads twice through the installed package: the first read takes a lease and fills, by the Lua scripts. */
const program = `
import { createHearth, HearthError } from 'hearth-cache'
const [url, worldId] = process.argv.slice(2)
let loads = 0
const world = {
  flags: async () => {
    loads++
    return { weather: 'storm' }
  },
  close: async () => {},
}
const hearth = createHearth({ cache: url, world })
const first = await hearth.flags(worldId)
const second = await hearth.flags(worldId)
const refused = await hearth.flags('').catch(error => error instanceof HearthError && error.code)
await hearth.close()
console.log(JSON.stringify({ first, second, loads, refused }))
`

const typed = `
import { createHearth, type Hearth, type World } from 'hearth-cache'
declare const world: World
const hearth: Hearth = createHearth({ cache: 'redis://127.0.0.1', world })
export const titles = async () => (await hearth.timeline('w1', 'c1')).map(event => event.title?.length ?? 0)
// @ts-expect-error an entity is a type and an id
await hearth.entity('w1', 'c1')
`

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hearth-package-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Everything that a game and an operator need, and nothing else: no tests, benchmarks, sources or source maps. */
async function expectFiles(files: readonly string[]): Promise<void> {
  const beside = ['CHANGELOG.md', 'LICENSE', 'README.md', 'docker-compose.yml', 'ecosystem.config.js']
  const isOurs = (file: string) =>
    file === 'dist/bundled-licenses.txt' ||
    /^dist\/[\w./-]+(\.js|\.d\.ts|\.lua|\.css)$/.test(file) ||
    /^docs\/[\w-]+\.md$|^ops\/[\w/-]+\.(ya?ml|json)$/.test(file)
  const others = files.filter(file => !isOurs(file) && !beside.includes(file))
  expect(others).toEqual(['package.json'])
  const folders = new Set(files.filter(file => file.startsWith('dist/')).map(file => file.split('/')[1]))
  for (const folder of ['test', 'bench', 'tools']) expect(folders).not.toContain(folder)

  const licenses = await readFile(join(root, 'dist/bundled-licenses.txt'), 'utf8')
  for (const bundled of ['fastify', 'preact', 'neo4j-driver-core'])
    expect(licenses).toMatch(new RegExp(`^${bundled} \\d.*\\(.+\\)\\n\\n.*License`, 'm'))

  const scripts = ['cache/lua', 'queues/lua'].map(async folder =>
    (await readdir(join(root, folder))).map(name => `dist/${folder}/${name}`),
  )
  const needed = [
    ...(await Promise.all(scripts)).flat(),
    ...['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js', 'dist/dashboard/page/console.js'],
    ...((await readFile(join(root, 'README.md'), 'utf8')).match(/docs\/[\w-]+\.md/g) ?? []),
    ...['ops/prometheus/prometheus.yml', 'ops/prometheus/alerts.yml', 'ops/grafana/dashboards/hearth.json'],
    ...beside,
  ]
  expect(files).toEqual(expect.arrayContaining(needed))
}

test('the packed package can be installed elsewhere, reads through a real Redis, and includes its command and types', async () => {
  const game = await folder()
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', game], {
    cwd: root, // as built by now: packing must not build again under the other tests
  })
  const [{ filename, files }] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }]
  await expectFiles(files.map(({ path }) => path))
  await writeFile(join(game, 'package.json'), '{ "name": "game", "type": "module", "private": true }')
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', join(game, filename)]
  await run('npm', install, { cwd: game })

  await writeFile(join(game, 'game.js'), program)
  const worldId = fresh('packed')
  const { stdout } = await run(process.execPath, ['game.js', redisUrl(), worldId], { cwd: game })
  const storm = { weather: 'storm' }
  expect(JSON.parse(stdout)).toEqual({ first: storm, second: storm, loads: 1, refused: 'InvalidInput' })

  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const help = await run('npx', ['--no-install', 'hearth', '--help'], { cwd: game })
  expect(help.stdout).toContain('hearth activate w1 --wait')
  const told = await run(join(game, 'node_modules/.bin/hearth'), ['--version'])
  expect(told.stdout.trim()).toBe(version)

  await writeFile(join(game, 'typed.ts'), typed)
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck']
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  await run(process.execPath, [tsc, ...strict, ...types, 'typed.ts'], { cwd: game })
})
