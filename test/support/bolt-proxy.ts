import { once } from 'node:events'
import { type AddressInfo, createServer, connect as open, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { inChunks, messagesOf, tagOf, tags } from './bolt-messages.ts'

/** What one connection of a client does with its messages. */
export interface Conversation {
  /** The request as it goes on to Neo4j, or an answer that the client gets in place of Neo4j's. */
  request(message: Buffer): Promise<{ forward: Buffer } | { answer: Buffer }>
  /** An answer of Neo4j, as it goes on to the client. */
  answer?(message: Buffer): Buffer
}

export interface BoltProxy {
  /** `127.0.0.1:port`, the same after `revive`. */
  address: string
  /** Ends all connections, and takes no more. */
  kill(): Promise<void>
  revive(): Promise<void>
}

/** A way to a Neo4j that reads each message that passes, and may change or answer it. Closed when the test ends. */
export async function openBoltProxy(target: string, converse: () => Conversation): Promise<BoltProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let server: Server
  async function listen(at: number): Promise<number> {
    server = createServer(client => {
      const neo4j = open(Number(port), hostname)
      for (const socket of [client, neo4j]) {
        sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          sockets.delete(socket)
          client.destroy()
          neo4j.destroy()
        })
      }
      relay({ client, neo4j }, converse())
    })
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  async function kill(): Promise<void> {
    const isClosed = new Promise<unknown>(resolve => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await isClosed
  }
  const own = await listen(0)
  onTestFinished(kill)
  return { address: `127.0.0.1:${own}`, kill, revive: async () => void (await listen(own)) }
}

const handshakeBytes = 20
const versionBytes = 4

function relay({ client, neo4j }: { client: Socket; neo4j: Socket }, conversation: Conversation): void {
  /** Per request without its answer: Neo4j's, or this one, which waits until those before it are given. */
  const unanswered: ('by Neo4j' | Buffer)[] = []
  const giveOwn = () => {
    while (unanswered[0] instanceof Buffer) client.write(inChunks(unanswered.shift() as Buffer))
  }
  async function take(message: Buffer): Promise<void> {
    const outcome = await conversation.request(message)
    if ('answer' in outcome) {
      unanswered.push(outcome.answer)
      return giveOwn()
    }
    if (tagOf(message) !== tags.goodbye) unanswered.push('by Neo4j')
    neo4j.write(inChunks(outcome.forward))
  }
  let taken: Promise<void> = Promise.resolve()
  const requests = messagesOf(message => {
    taken = taken.then(() => take(message))
  })
  const answers = messagesOf(message => {
    client.write(inChunks(conversation.answer?.(message) ?? message))
    if (tagOf(message) === tags.recordAnswer) return
    unanswered.shift()
    giveOwn()
  })
  client.on(
    'data',
    behindStart(handshakeBytes, requests, start => neo4j.write(withoutManifest(start))),
  )
  neo4j.on(
    'data',
    behindStart(versionBytes, answers, start => client.write(start)),
  )
}

/** Gives the first bytes to `onStart`, all others to `onRest`. */
function behindStart(length: number, onRest: (data: Buffer) => void, onStart: (start: Buffer) => void) {
  let start: Buffer | undefined = Buffer.alloc(0)
  return (data: Buffer) => {
    if (!start) return onRest(data)
    start = Buffer.concat([start, data])
    if (start.length < length) return
    onStart(start.subarray(0, length))
    const rest = start.subarray(length)
    start = undefined
    onRest(rest)
  }
}

/** Without the proposal to list all versions, which takes more round trips: the other three name ranges of them. */
function withoutManifest(handshake: Buffer): Buffer {
  const proposals = [4, 8, 12, 16].map(at => handshake.subarray(at, at + 4))
  const kept = proposals.filter(proposal => proposal[3] !== 0xff)
  return Buffer.concat([handshake.subarray(0, 4), ...kept, Buffer.alloc(4 * (4 - kept.length))])
}
