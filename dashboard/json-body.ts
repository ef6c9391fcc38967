import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isWellFormed } from '../model/ids.ts'
import { parseJsonText } from '../model/json.ts'
import type { WrongField } from '../model/wrong-fields.ts'
import { inText, RequestProblem } from './problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Numbers in its body keep their digits: what it takes is stored, not reckoned with. */
    keepsDigits?: true
  }
}

/** How deep a body may nest maps and lists: what reads it further on may call itself for each level. */
const deepest = 128

/**
 * The one kind of body that is taken: JSON in UTF-8, of well-formed text, without names that JavaScript gives another
 * meaning. A request without a body may say of it what it likes: many clients name a type in every request.
 */
export function jsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) =>
      body.length === 0 ? undefined : parseBody(request, body),
  )
  app.addContentTypeParser('*', (request, payload, done) => {
    const refuse = () => {
      payload.removeAllListeners('end')
      const type = request.headers['content-type'] ?? 'no type'
      const detail = `The body is sent as ${type}; send JSON as application/json`
      done(new RequestProblem('UnsupportedMediaType', detail))
    }
    payload.once('data', refuse)
    payload.once('end', () => done(null, undefined))
    payload.once('error', done)
  })
}

function parseBody({ headers, routeOptions }: FastifyRequest, body: Buffer): unknown {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    const detail = `The body is sent with Content-Encoding: ${encoding}; send it as it is`
    throw new RequestProblem('UnsupportedMediaType', detail)
  }
  if (!isUtf8(body)) {
    throw new RequestProblem('InvalidRequest', `body: must be UTF-8; byte ${firstNotUtf8(body)} is not`)
  }
  const text = body.toString().replace(/^\uFEFF/, '')
  const keepsDigits = routeOptions.config.keepsDigits === true
  const looks = mayHaveFault(text, body)
  const plain = looks || !keepsDigits ? parsed(() => JSON.parse(text)) : undefined
  const faults = looks ? faultsOf(plain) : []
  if (faults.length > 0) throw new RequestProblem('InvalidInput', inText(faults), { errors: faults })
  return keepsDigits ? parsed(() => parseJsonText(text)) : plain
}

function parsed(parse: () => unknown): unknown {
  try {
    return parse()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new RequestProblem('InvalidRequest', `body: must be JSON: ${reason}`, { cause })
  }
}

/** Where decoding and encoding again first changes a byte. */
function firstNotUtf8(body: Buffer): number {
  const again = Buffer.from(body.toString())
  let i = 0
  while (body[i] === again[i]) i++
  return i
}

/** Cheap, so that almost no body has to be walked through: these faults are not to be had without such text. */
const mayHaveFault = (text: string, body: Buffer): boolean =>
  /\\u|__proto__/.test(text) || opensAtOnce(body) > deepest

/** How many brackets are open at most, those in text counted too. */
function opensAtOnce(body: Buffer): number {
  let open = 0
  let most = 0
  for (const byte of body) {
    if (byte === 0x5b || byte === 0x7b) most = Math.max(most, ++open)
    else if (byte === 0x5d || byte === 0x7d) open -= 1
  }
  return most
}

/** A map or a list, and where it was found. */
interface Place {
  value: object
  name: string
  depth: number
  within?: Place
}

const maxFaults = 100

/** What in a parsed body must not get further, of very much the first. No call for each level: it may be thousands deep. */
function faultsOf(body: unknown): WrongField[] {
  if (typeof body === 'string' && !isWellFormed(body)) return [{ path: 'body', message: illFormed }]
  const faults: WrongField[] = []
  const open: Place[] = isObject(body) ? [{ value: body, name: 'body', depth: 1 }] : []
  for (let place = open.pop(); place && faults.length < maxFaults; place = open.pop()) {
    if (place.depth > deepest) {
      faults.push({ path: pathOf(place), message: `must not lie deeper than ${deepest} maps and lists` })
      continue
    }
    for (const [name, inner] of Object.entries(place.value)) {
      const message = faultIn(name, inner)
      if (message !== undefined) faults.push({ path: `${pathOf(place)}.${shown(name)}`, message })
      else if (isObject(inner)) open.push({ value: inner, name, depth: place.depth + 1, within: place })
    }
  }
  return faults.slice(0, maxFaults)
}

function faultIn(name: string, inner: unknown): string | undefined {
  if (name === '__proto__') return hasMeaning
  return isWellFormed(name) && (typeof inner !== 'string' || isWellFormed(inner)) ? undefined : illFormed
}

function pathOf(place: Place): string {
  const names: string[] = []
  for (let at: Place | undefined = place; at; at = at.within) names.unshift(at.name)
  return names.map(shown).join('.')
}

/** In an answer, which is well-formed itself. */
const shown = (name: string): string => name.replace(/\p{Surrogate}/gu, '\ufffd')

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const illFormed = 'must be well-formed Unicode, not half of a surrogate pair'
const hasMeaning = 'must have another name: JavaScript gives this one a meaning of its own'
