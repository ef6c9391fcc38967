import { once } from 'node:events'
import { createServer } from 'node:net'

/** How many ports are tried. */
const tried = 100

/** The first port from `port` on that nothing listens on at this address; `port` itself where none of a hundred is free. */
export async function nextFreePort(host: string, port: number): Promise<number> {
  for (let next = port; next < port + tried; next++) if (await isFree(host, next)) return next
  return port
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer().listen({ host, port })
  try {
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
