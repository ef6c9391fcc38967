import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Machine, thisMachine } from '../../cli/servers/debian.ts'
import { engineAnswers } from '../../cli/servers/docker.ts'
import { startRedis } from '../../cli/servers/redis.ts'
import { findChromium } from '../../tools/servers/chromium.ts'
import { findJava, javaRelease } from '../../tools/servers/java.ts'
import { startNeo4j } from '../../tools/servers/neo4j.ts'
import { bringJars, jarsFolder } from '../../tools/servers/neo4j-jars.ts'

/** Not Debian as root, and without Java. */
const bare: Machine = { debianAsRoot: false, jvmFolder: '/nowhere', install: async () => false }
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-unit-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** An empty environment, without a Docker engine. */
function emptyEnv(): NodeJS.ProcessEnv {
  return { PATH: folder, HOME: folder, DOCKER_HOST: `unix://${join(folder, 'no.sock')}` }
}

async function program(name: string, script: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

test.each([
  ['Redis', startRedis, /redis-server.*Docker.*HEARTH_REDIS_URL/],
  ['Neo4j', startNeo4j, /Java 17 or 21 and Maven.*openjdk-17-jre-headless maven.*Docker.*HEARTH_NEO4J_URI/],
  ['Chromium', findChromium, /apt-get install chromium-headless-shell.*CHROME_PATH/],
])('without any way to start %s, the error says what to install', async (_name, start, says) => {
  await expect(start({ env: emptyEnv(), machine: bare })).rejects.toMatchObject({
    code: 'ServerMissing',
    message: expect.stringMatching(says),
  })
})

test('a Neo4j with an address but no password is a mistake, not a reason to start another', async () => {
  const env = { ...emptyEnv(), HEARTH_NEO4J_URI: 'bolt://127.0.0.1:1' }
  await expect(startNeo4j({ env, machine: bare })).rejects.toMatchObject({
    code: 'InvalidConfig',
    message: expect.stringContaining('HEARTH_NEO4J_PASSWORD'),
  })
})

test('the Neo4j of the environment is used, with the user neo4j by default', async () => {
  const env = { ...emptyEnv(), HEARTH_NEO4J_URI: 'bolt://there:1', HEARTH_NEO4J_PASSWORD: 'secret-word' }
  const said: string[] = []
  const named = await startNeo4j({ env, machine: bare, say: line => said.push(line) })
  expect(named).toMatchObject({ uri: 'bolt://there:1', user: 'neo4j', password: 'secret-word' })
  expect(said).toEqual([named.how])
  expect(named.how).not.toContain('secret-word')
  await named.stop()
  const other = await startNeo4j({ env: { ...env, HEARTH_NEO4J_USER: 'ada' }, machine: bare })
  expect(other.user).toBe('ada')
})

test('the line about a named Redis does not show its password', async () => {
  const env = { ...emptyEnv(), HEARTH_REDIS_URL: 'redis://ada:secret@there:1/2' }
  const named = await startRedis({ env, machine: bare })
  expect(named.url).toBe('redis://ada:secret@there:1/2')
  expect(named.how).toContain('there:1/2')
  expect(named.how).not.toContain('secret')
})

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "21" 2023-09-19', 21],
  ['openjdk version "25-ea" 2025-09-16', 25],
  ['java version "1.8.0_392"', 8],
  ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.2" 2024-01-16 LTS', 21],
  ['sh: java: not found', undefined],
])('the release in %j is %s', (text, release) => {
  expect(javaRelease(text)).toBe(release)
})

test('JAVA_HOME takes precedence over the PATH, and a Java that Neo4j does not support is skipped', async () => {
  const java = (release: string) => `echo 'openjdk version "${release}"' >&2`
  await mkdir(join(folder, 'home/bin'), { recursive: true })
  await mkdir(join(folder, 'jvm/java-17-openjdk/bin'), { recursive: true })
  const onPath = await program('java', java('25.0.1'))
  const installed = await program('jvm/java-17-openjdk/bin/java', java('17.0.15'))
  const env = { PATH: folder, JAVA_HOME: join(folder, 'home') }
  expect(await findJava(env, '/nowhere')).toBeUndefined()
  expect(await findJava(env, join(folder, 'jvm'))).toBe(installed)
  await program('java', java('17.0.1'))
  expect(await findJava(env, join(folder, 'jvm'))).toBe(onPath)
  const home = await program('home/bin/java', java('21.0.2'))
  expect(await findJava(env, join(folder, 'jvm'))).toBe(home)
})

test('CHROME_PATH takes precedence over the PATH, the shell over a browser, and a wrong path is reported', async () => {
  const browser = await program('chromium', '')
  expect(await findChromium({ env: emptyEnv(), machine: bare })).toBe(browser)
  const shell = await program('chromium-headless-shell', '')
  const chosen = await program('my-chrome', '')
  expect(await findChromium({ env: emptyEnv(), machine: bare })).toBe(shell)
  expect(await findChromium({ env: { ...emptyEnv(), CHROME_PATH: chosen }, machine: bare })).toBe(chosen)
  await expect(
    findChromium({ env: { ...emptyEnv(), CHROME_PATH: '/nowhere/chrome' }, machine: bare }),
  ).rejects.toMatchObject({ code: 'InvalidConfig', message: expect.stringContaining('/nowhere/chrome') })
})

/** An apt-get that knows one package, once its lists are updated. */
const aptGetThatHas = (name: string) =>
  program(
    'apt-get',
    `case "$*" in
       *update*) : > ${folder}/updated;;
       *" ${name}") [ -e ${folder}/updated ] || exit 100; : > ${folder}/${name}; /bin/chmod 755 ${folder}/${name};;
       *) exit 100;;
     esac`,
  )

test.each([
  [
    'chromium-headless-shell',
    /install -y chromium-headless-shell\napt-get update, then once more\nChromium: /,
  ],
  [
    'chromium',
    /install -y chromium-headless-shell\napt-get update.*\n.*failed.*\napt-get install -y chromium\nChromium: /,
  ],
])(
  '%s is installed by apt-get, whose lists are updated if it does not know a package',
  async (name, says) => {
    await aptGetThatHas(name)
    const machine: Machine = { ...thisMachine, debianAsRoot: true }
    const said: string[] = []
    const path = await findChromium({ env: emptyEnv(), machine, say: line => said.push(line) })
    expect(path).toBe(join(folder, name))
    expect(said.join('\n')).toMatch(says)
  },
)

test('if apt-get fails too, the error still says what to install', async () => {
  await program('apt-get', 'echo "no network"; exit 100')
  const machine: Machine = { ...thisMachine, debianAsRoot: true }
  const said: string[] = []
  const starting = startRedis({ env: emptyEnv(), machine, say: line => said.push(line) })
  await expect(starting).rejects.toMatchObject({ code: 'ServerMissing' })
  expect(said.join('\n')).toContain('no network')
})

test('a Docker engine counts only if it answers', async () => {
  const socket = join(folder, 'docker.sock')
  const env = { ...emptyEnv(), DOCKER_HOST: `unix://${socket}` }
  expect(await engineAnswers(env)).toBe(false)

  const mute = createSocketServer(connection => connection.on('error', () => {}).resume())
  await listening(mute, socket)
  expect(await engineAnswers(env)).toBe(false)
  await new Promise(done => mute.close(done))

  const engine: Server = createServer((_request, response) => response.end('OK'))
  await listening(engine, socket)
  expect(await engineAnswers(env)).toBe(true)
  await new Promise(done => engine.close(done))
})

test("the jars are in the user's cache folder", () => {
  expect(jarsFolder({ HOME: '/home/ada' })).toBe('/home/ada/.cache/hearth/neo4j-5.26.30')
  expect(jarsFolder({ HOME: '/home/ada', XDG_CACHE_HOME: '/c' })).toBe('/c/hearth/neo4j-5.26.30')
})

test('jars that another process has downloaded meanwhile are kept, and the others deleted', async () => {
  const jars = join(folder, 'cache', 'neo4j')
  const maven = await program('mvn', `/bin/mkdir ${jars}; : > ${jars}/theirs.jar; ${intoOutput('ours.jar')}`)
  await bringJars({ folder: jars, maven, env: emptyEnv(), say: () => {} })
  expect(await readdir(join(folder, 'cache'))).toEqual(['neo4j'])
  expect(await readdir(jars)).toEqual(['theirs.jar'])
})

test('two callers in one process run Maven once', async () => {
  const jars = join(folder, 'cache', 'neo4j')
  const maven = await program('mvn', `echo called >> ${folder}/calls; ${intoOutput('ours.jar')}`)
  const options = { folder: jars, maven, env: emptyEnv(), say: () => {} }
  await Promise.all([bringJars(options), bringJars(options)])
  expect(await readdir(jars)).toEqual(['ours.jar'])
  expect(await readFile(join(folder, 'calls'), 'utf8')).toBe('called\n')
})

test('a Maven that fails leaves no partial folder, and the error has its message', async () => {
  const jars = join(folder, 'cache', 'neo4j')
  const maven = await program('mvn', `${intoOutput('half.jar')}; echo 'could not resolve'; exit 1`)
  await expect(bringJars({ folder: jars, maven, env: emptyEnv(), say: () => {} })).rejects.toMatchObject({
    code: 'ServerMissing',
    message: expect.stringContaining('could not resolve'),
  })
  expect(await readdir(join(folder, 'cache'))).toEqual([])
})

/** Shell code that creates a file in `-DoutputDirectory=`, as Maven would. */
function intoOutput(name: string): string {
  return `for a in "$@"; do case "$a" in -DoutputDirectory=*) : > "\${a#*=}/${name}";; esac; done`
}

function listening(server: { listen(path: string, done: () => void): unknown }, path: string): Promise<void> {
  return new Promise(resolve => server.listen(path, resolve))
}
