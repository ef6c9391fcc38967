import { once } from 'node:events'
import { type AddressInfo, createServer, connect as open, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A query that a driver sent. */
export interface Sent {
  /** The whole message: the Cypher, its parameters and its metadata, as far as they are text. */
  text: string
  /** The bookmarks that the server has to reach before it begins. */
  bookmarks: string[]
  /** Whether a follower may answer it. */
  isRead: boolean
}

/** A way to a Neo4j that records the queries that pass. Closed when the test ends. */
export async function recordBolt(target: string): Promise<{ uri: string; sent: Sent[] }> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const sent: Sent[] = []
  const server = createServer(client => {
    const neo4j = open(Number(port), hostname)
    for (const socket of [client, neo4j]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        neo4j.destroy()
      })
    }
    client.on('data', data => {
      sent.push(...queriesIn(data))
      neo4j.write(data)
    })
    neo4j.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { uri: `bolt://127.0.0.1:${(server.address() as AddressInfo).port}`, sent }
}

/** RUN is a structure of three fields with the tag 0x10. The queries of these tests are short: each is in one piece. */
function queriesIn(data: Buffer): Sent[] {
  const [, ...messages] = data.toString('latin1').split('\xb3\x10')
  return messages.map(text => ({
    text,
    bookmarks: (text.split('bookmarks')[1] ?? '').match(/FB:[A-Za-z0-9+/]+=*/g) ?? [],
    isRead: /\x84mode\x81r/.test(text),
  }))
}

/**
 * The bookmark of a commit that is `by` transactions later: of Neo4j 5, where a bookmark is PackStream in base64, the
 * number of the transaction behind the 16 bytes of the database.
 */
export function laterBookmark(bookmark: string, by: number): string {
  const bytes = Buffer.from(bookmark.slice(3), 'base64')
  const [before, rest] = [bytes.subarray(0, 19), bytes.subarray(19)]
  const marker = rest[0] ?? 0
  const width = marker < 0x80 ? 0 : 2 ** (marker - 0xc8)
  const number = width === 0 ? BigInt(marker) : BigInt(`0x${rest.subarray(1, 1 + width).toString('hex')}`)
  const later = Buffer.alloc(9, 0xcb)
  later.writeBigInt64BE(number + BigInt(by), 1)
  return `FB:${Buffer.concat([before, later, rest.subarray(1 + width)]).toString('base64')}`
}
