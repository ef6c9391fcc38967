import { randomUUID } from 'node:crypto'
import { type IncomingMessage, maxHeaderSize, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type ProblemCode, problemOf, RequestProblem, requestIdHeader } from './problem.ts'

/** An error of Node's HTTP parser: its own word, and what it says. */
interface ClientError extends Error {
  code?: string
  reason?: string
}

type Refusal = readonly [code: ProblemCode, detail: string]

const refusals: Record<string, Refusal> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['RequestTimeout', 'The request did not arrive in time; send it whole'],
  HPE_HEADER_OVERFLOW: [
    'HeadersTooLarge',
    `The request's first line and headers are larger than ${maxHeaderSize} bytes`,
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['TooLarge', 'The extensions of a chunk are too large; send none'],
  HPE_INVALID_METHOD: [
    'UnknownMethod',
    'The request begins with a method that HTTP does not have, or is no HTTP: this port speaks HTTP/1.1 without TLS',
  ],
}

/** Answers what never becomes a request, because Node's parser refuses it, with a problem as everything else. */
export function answerClientError(error: ClientError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const other: Refusal = ['InvalidRequest', `The request is no HTTP/1.1: ${error.reason ?? error.message}`]
  refuse(socket, new RequestProblem(...(refusals[error.code ?? ''] ?? other)))
}

/** What Node would refuse with an empty answer, or by hanging up. */
export function answerOddRequests({ server }: FastifyInstance): void {
  server.on('connect', (_request: IncomingMessage, socket: Duplex) =>
    refuse(socket, new RequestProblem('UnknownMethod', 'CONNECT is not taken here: this is no proxy')),
  )
  server.on('checkExpectation', ({ headers }: IncomingMessage, response: ServerResponse) => {
    const detail = `Expect: ${headers.expect} cannot be met; only 100-continue can`
    const { head, body } = answerOf(new RequestProblem('ExpectationFailed', detail))
    response.writeHead(417, head).end(body)
  })
}

/** HTTP/1.1 demands it of every request (RFC 9112); what it may be is the question of `access/`. */
export async function requireHost({ raw }: FastifyRequest): Promise<void> {
  if (raw.httpVersion === '1.1' && raw.headers.host === undefined)
    throw new RequestProblem('InvalidRequest', 'The header Host is missing; HTTP/1.1 demands it')
}

function answerOf(refusal: RequestProblem) {
  const requestId = randomUUID()
  const body = JSON.stringify({ ...problemOf(refusal), requestId })
  const head = {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    [requestIdHeader]: requestId,
  }
  return { head, body }
}

/** How long a refused client may take to hear why. Milliseconds. */
const hearingMs = 1_000

/**
 * Writes the answer and hangs up. What the client still sends is read and dropped meanwhile: to close a socket with
 * unread bytes resets it, and the answer would be lost on its way.
 */
function refuse(socket: Duplex, refusal: RequestProblem): void {
  const { head, body } = answerOf(refusal)
  const { statusCode } = refusal
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.on('error', () => {}) // it has hung up already
  socket.end(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\n${lines.join('')}\r\n${body}`)
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), hearingMs)
  socket.on('close', () => clearTimeout(timer))
}
