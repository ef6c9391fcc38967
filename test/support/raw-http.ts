import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** Sends these bytes, and returns the answer until the server closes the connection. */
export async function askRaw(url: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const answer = text(socket)
  socket.write(bytes)
  const [head = '', body = ''] = (await answer).split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = new Headers(lines.map(line => line.split(/: (.*)/).slice(0, 2) as [string, string]))
  const isJson = headers.get('content-type')?.includes('json')
  return { status: Number(first.split(' ')[1]), headers, json: isJson ? JSON.parse(body) : undefined }
}

interface RawAnswer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: as a test's JSON is
  json: any
}
