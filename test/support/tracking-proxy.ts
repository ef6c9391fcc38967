import { once } from 'node:events'
import { type AddressInfo, createServer, connect as open, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { framesOf } from './resp-frames.ts'

/** A way to a Redis that changes what its tracked connections are, closed when the test ends. */
export interface TrackingProxy {
  url: string
  /** How many connections have asked to be tracked so far. */
  readonly tracked: number
}

interface Changes {
  /** In place of the words after CLIENT TRACKING. */
  tracking?: readonly string[]
  /** Invalidations wait until the next answer has passed, as a server may send them that has already answered. */
  signalsLate?: boolean
}

/** What asks for the tracking, as RESP has it. */
const command = (words: readonly string[]): string =>
  [`*${words.length}`, ...words.flatMap(word => [`$${word.length}`, word]), ''].join('\r\n')
const trackingOn = command(['CLIENT', 'TRACKING', 'ON'])

export async function startTrackingProxy(
  target: string,
  { tracking = ['ON'], signalsLate = false }: Changes,
): Promise<TrackingProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const tracked = new Set<Socket>()

  const server = createServer(client => {
    const redis = open(Number(port), hostname)
    for (const socket of [client, redis]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        redis.destroy()
      })
    }
    client.on('data', data => {
      const text = data.toString('latin1')
      if (text.includes(trackingOn)) tracked.add(client)
      redis.write(text.replace(trackingOn, command(['CLIENT', 'TRACKING', ...tracking])), 'latin1')
    })
    const late: string[] = []
    const frames = framesOf(frame => {
      if (signalsLate && frame.startsWith('>')) {
        late.push(frame)
        return
      }
      client.write(frame, 'latin1')
      const signals = late.splice(0).join('')
      // Later, so that the answer is heard before: what arrives together is heard together.
      if (signals) setTimeout(() => client.write(signals, 'latin1'), 20)
    })
    redis.on('data', data => frames(data.toString('latin1')))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get tracked() {
      return tracked.size
    },
  }
}
