import { randomBytes } from 'node:crypto'
import { once } from 'es-toolkit'
import { type Machine, thisMachine } from '../../cli/servers/debian.ts'
import { inDocker } from '../../cli/servers/docker.ts'
import { onPath } from '../../cli/servers/on-path.ts'
import { type Say, type ServerProcess, type StartedServer, startBy } from '../../cli/servers/started.ts'
import { HearthError } from '../../model/errors.ts'
import { findJava } from './java.ts'
import { boltUri, startNeo4jChild } from './neo4j-child.ts'
import { bringJars, haveJars, jarsFolder, neo4jVersion } from './neo4j-jars.ts'

const neo4jImage = 'neo4j:5.26-community'

export interface StartedNeo4j extends StartedServer {
  uri: string
  user: string
  password: string
  /** Only if it runs as a child process. */
  process?: ServerProcess
}

export interface StartNeo4jOptions {
  /** A separate server that can be killed: ignores HEARTH_NEO4J_URI, and prefers a child to Docker. Default false. */
  isolated?: boolean
  /** The largest heap in MB. Default 512. */
  heapMb?: number
  /** A child that starts with half the CPU, for tests and trials; false for measurements. Default true. */
  quick?: boolean
  /** Further lines of a child's neo4j.conf. */
  settings?: readonly string[]
  env?: NodeJS.ProcessEnv
  say?: Say
  machine?: Machine
}

/**
 * Starts a Neo4j, by the first way that works: HEARTH_NEO4J_URI, Docker, Neo4j Community from Maven Central under a
 * Java 17 or 21, the same with Debian's packages. It answers queries when this resolves.
 * @throws HearthError `ServerMissing`, which says what to install, or with the end of the log of one that died;
 * `InvalidConfig` for a HEARTH_NEO4J_URI without a password
 */
export async function startNeo4j(options: StartNeo4jOptions = {}): Promise<StartedNeo4j> {
  const { isolated = false, heapMb = 512, quick = true, settings = [] } = options
  const { env = process.env, say = () => {}, machine = thisMachine } = options

  const child = async (): Promise<StartedNeo4j | undefined> => {
    const jars = jarsFolder(env)
    const java = await findJava(env, machine.jvmFolder)
    const maven = onPath('mvn', env)
    if (!java || !(maven || haveJars(jars))) return undefined
    if (maven && !haveJars(jars)) await bringJars({ folder: jars, maven, env, say })
    const password = randomBytes(12).toString('hex')
    const started = await startNeo4jChild({ java, jars, heapMb, quick, settings, password, env })
    return {
      how: `Neo4j: ${neo4jVersion} Community under ${java}, as a child on 127.0.0.1:${started.port}`,
      uri: boltUri(started.port),
      user: 'neo4j',
      password,
      process: started.process,
      stop: started.stop,
    }
  }
  const debian = async (): Promise<StartedNeo4j | undefined> => {
    if (!machine.debianAsRoot) return undefined
    const missing = [
      ...((await findJava(env, machine.jvmFolder)) ? [] : ['openjdk-17-jre-headless']),
      ...(onPath('mvn', env) || haveJars(jarsFolder(env)) ? [] : ['maven']),
    ]
    return (await machine.install(missing, env, say)) ? child() : undefined
  }
  const ways = {
    given: async () => given(env),
    docker: () => inDocker('Neo4j', { env, say }, () => startContainer(heapMb)),
    child,
    debian,
  }
  const missing =
    'No Neo4j can be started here. Install Java 17 or 21 and Maven (Debian: apt-get install ' +
    'openjdk-17-jre-headless maven), or start Docker, or set HEARTH_NEO4J_URI, HEARTH_NEO4J_USER and ' +
    'HEARTH_NEO4J_PASSWORD to one that runs.'
  return startBy(ways, { isolated, say, missing })
}

async function startContainer(heapMb: number): Promise<StartedNeo4j> {
  const { Neo4jContainer } = await import('@testcontainers/neo4j')
  const container = await new Neo4jContainer(neo4jImage)
    .withPassword(randomBytes(12).toString('hex'))
    .withEnvironment({
      NEO4J_server_memory_heap_max__size: `${heapMb}m`,
      NEO4J_dbms_usage__report_enabled: 'false',
    })
    .start()
  const uri = container.getBoltUri()
  return {
    how: `Neo4j: ${neo4jImage} in Docker, at ${uri}`,
    uri,
    user: container.getUsername(),
    password: container.getPassword(),
    stop: once(async () => void (await container.stop())),
  }
}

function given(env: NodeJS.ProcessEnv): StartedNeo4j | undefined {
  const uri = env.HEARTH_NEO4J_URI
  if (!uri) return undefined
  const password = env.HEARTH_NEO4J_PASSWORD
  if (password === undefined) {
    throw new HearthError(
      'InvalidConfig',
      'HEARTH_NEO4J_PASSWORD is missing: HEARTH_NEO4J_URI needs it beside it.',
    )
  }
  const user = env.HEARTH_NEO4J_USER || 'neo4j'
  return { how: `Neo4j: the one HEARTH_NEO4J_URI names (${uri})`, uri, user, password, stop: async () => {} }
}
