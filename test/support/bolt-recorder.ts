import { tagOf, tags } from './bolt-messages.ts'
import { openBoltProxy } from './bolt-proxy.ts'

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
  const sent: Sent[] = []
  const { address } = await openBoltProxy(target, () => ({
    async request(message) {
      if (tagOf(message) === tags.run) sent.push(sentOf(message))
      return { forward: message }
    },
  }))
  return { uri: `bolt://${address}`, sent }
}

export function sentOf(message: Buffer): Sent {
  const text = message.toString('latin1')
  return { text, bookmarks: bookmarksIn(text), isRead: /\x84mode\x81r/.test(text) }
}

/** Those that a request waits for, or that an answer brings: behind `bookmarks` or `bookmark`. */
export const bookmarksIn = (text: string): string[] =>
  (text.split('bookmark')[1] ?? '').match(/FB:[A-Za-z0-9+/]+=*/g) ?? []

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
