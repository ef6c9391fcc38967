import { once } from 'node:events'
import { type AddressInfo, createServer, connect as open, type Socket } from 'node:net'

/** How the connection to a server behaves. */
export type Weather =
  | { kind: 'clear' }
  /** Answers are delayed by `ms`. */
  | { kind: 'slow'; ms: number }
  /** Answers wait for the next weather, and pass then. */
  | { kind: 'held' }
  /** Every connection is closed, and no new one is accepted. */
  | { kind: 'cut' }
  /** Nothing passes, in either direction, and no side gets an error. */
  | { kind: 'blackhole' }

export interface Way {
  url: string
  /** Connections so far: those that reached the server, and those that were not accepted. */
  connections: Readonly<{ opened: number; refused: number }>
  become(weather: Weather): void
  /** Existing connections die silently; new ones work. */
  forget(): void
  close(): void
}

/** A TCP proxy in front of a server, which can simulate faults. */
export async function openWay(target: string): Promise<Way> {
  const { hostname, port, protocol } = new URL(target)
  const sockets = new Set<Socket>()
  const dead = new WeakSet<Socket>()
  const held: (() => void)[] = []
  const connections = { opened: 0, refused: 0 }
  let weather: Weather = { kind: 'clear' }

  const server = createServer(client => {
    if (weather.kind === 'cut') {
      connections.refused++
      return client.destroy()
    }
    const upstream = open(Number(port), hostname)
    upstream.on('connect', () => void connections.opened++)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', data => {
      if (weather.kind !== 'blackhole' && !dead.has(client)) upstream.write(data)
    })
    upstream.on('data', data => {
      const pass = () => {
        if (weather.kind !== 'blackhole' && !dead.has(client)) client.write(data)
      }
      if (weather.kind === 'slow') setTimeout(pass, weather.ms)
      else if (weather.kind === 'held') held.push(pass)
      else pass()
    })
  })
  const endAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections,
    become(next) {
      // After a blackhole a connection has lost a part of its data, so it cannot be used any more.
      if (next.kind === 'cut' || weather.kind === 'blackhole') endAll()
      weather = next
      if (next.kind !== 'held') for (const pass of held.splice(0)) pass()
    },
    forget() {
      for (const socket of sockets) dead.add(socket)
    },
    close() {
      endAll()
      server.close()
    },
  }
}
