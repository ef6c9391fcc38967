/** What a message of Bolt is, by its second byte; a request unless it says answer. */
export const tags = {
  goodbye: 0x02,
  reset: 0x0f,
  run: 0x10,
  begin: 0x11,
  commit: 0x12,
  route: 0x66,
  successAnswer: 0x70,
  recordAnswer: 0x71,
  ignoredAnswer: 0x7e,
  failureAnswer: 0x7f,
} as const

export const tagOf = (message: Buffer): number => message[1] ?? 0

/** Gives each message that is whole, without its chunks: a message is chunks with their length, and an empty one. */
export function messagesOf(onMessage: (message: Buffer) => void): (data: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  const chunks: Buffer[] = []
  return data => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0)
      if (end > 2) chunks.push(rest.subarray(2, end))
      else if (chunks.length > 0) onMessage(Buffer.concat(chunks.splice(0)))
      rest = rest.subarray(end)
    }
  }
}

const mostInChunk = 0xffff

/** The message in chunks, as it goes over the wire. */
export function inChunks(message: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < message.length; at += mostInChunk) {
    const chunk = message.subarray(at, at + mostInChunk)
    parts.push(int16(chunk.length), chunk)
  }
  return Buffer.concat([...parts, int16(0)])
}

type Packed = string | number | readonly Packed[] | { readonly [name: string]: Packed }

/** An answer with metadata, as `SUCCESS` and `FAILURE` have it. */
export const answer = (tag: number, metadata: Packed): Buffer =>
  Buffer.concat([Buffer.from([0xb1, tag]), packed(metadata)])

export const ignored = Buffer.from([0xb0, tags.ignoredAnswer])

/** PackStream: texts, lists and maps below 65,536 bytes or items, whole numbers of 32 bits. */
function packed(value: Packed): Buffer {
  if (typeof value === 'number') return Buffer.concat([Buffer.from([0xca]), int32(value)])
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return Buffer.concat([Buffer.from([0xd1]), int16(bytes.length), bytes])
  }
  if (isList(value)) return Buffer.concat([Buffer.from([0xd5]), int16(value.length), ...value.map(packed)])
  const pairs = Object.entries(value)
  return Buffer.concat([Buffer.from([0xd9]), int16(pairs.length), ...pairs.flat().map(packed)])
}

const isList = (value: Packed): value is readonly Packed[] => Array.isArray(value)

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
