import { once } from 'node:events'
import { createServer, connect as open, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A way to a Redis that can be cut, closed when the test ends. */
export interface Proxy {
  url: string
  /** From now on nothing passes, in either direction, and no side gets an error: a partition. */
  cut(): void
  /** Ends every connection and lets new ones pass. */
  mend(): void
  /** From now on nothing passes over the connections that are open; new ones work. The other end vanished without a word. */
  silence(): void
  /** Resolves when the next answer has passed. */
  nextAnswer(): Promise<void>
  /** How long answers take from now on. Milliseconds, default 0. */
  delay(ms: number): void
  /** New connections go to this Redis; existing ones stay, as after a managed failover. */
  turnTo(url: string): void
  /** Resolves when no connection to an earlier server is open any more. */
  untilLeft(): Promise<void>
}

export async function startProxy(target: string): Promise<Proxy> {
  const { pathname } = new URL(target)
  let { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const silent = new WeakSet<Socket>()
  let before = new Set<Socket>()
  let left = () => {}
  const waiting: (() => void)[] = []
  let isCut = false
  let delayMs = 0

  const server = createServer(client => {
    const redis = open(Number(port || 6379), hostname)
    for (const socket of [client, redis]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        if (before.delete(socket) && before.size === 0) left()
        client.destroy()
        redis.destroy()
      })
    }
    client.on('data', data => {
      if (!isCut && !silent.has(client)) redis.write(data)
    })
    redis.on('data', data => {
      const pass = () => {
        if (isCut || silent.has(client) || client.destroyed) return
        client.write(data)
        for (const heard of waiting.splice(0)) heard()
      }
      if (delayMs === 0) pass()
      else setTimeout(pass, delayMs)
    })
  })
  const endAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    endAll()
    server.close()
  })
  const address = server.address() as { port: number }
  return {
    url: `redis://127.0.0.1:${address.port}${pathname}`,
    cut() {
      isCut = true
    },
    mend() {
      isCut = false
      endAll()
    },
    silence() {
      for (const socket of sockets) silent.add(socket)
    },
    nextAnswer: () => new Promise(resolve => waiting.push(resolve)),
    delay(ms) {
      delayMs = ms
    },
    turnTo(url) {
      ;({ hostname, port } = new URL(url))
      before = new Set(sockets)
    },
    untilLeft: () =>
      new Promise(resolve => {
        left = resolve
        if (before.size === 0) resolve()
      }),
  }
}
