import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child, type ChildSpec, type Place } from './child.ts'
import type { ServerProcess, StartedServer } from './started.ts'

export interface StartedChild extends Place, Pick<StartedServer, 'stop'> {
  process: ServerProcess
}

const portAttempts = 3

/**
 * Starts a server on a free port of 127.0.0.1, with a temporary folder; on another one if another process takes the
 * port first. On failure nothing is left of it.
 * @throws HearthError `ServerMissing` with the end of its log, if it dies or does not answer in time
 */
export async function startChild(spec: ChildSpec): Promise<StartedChild> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const folder = await mkdtemp(join(tmpdir(), `hearth-${spec.name.toLowerCase()}-`))
    const child = new Child(spec, { folder, port })
    try {
      await spec.prepare?.(child.place)
      await child.start()
      return { ...child.place, process: child, stop: () => child.stop() }
    } catch (error) {
      const portTaken = /already in use|failed to bind/i.test(await child.log())
      await child.stop()
      if (!portTaken || attempt === portAttempts) throw error
    }
  }
}

/** A port of 127.0.0.1 that was free a moment ago. Another process may take it first: who binds it must be ready to retry. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
